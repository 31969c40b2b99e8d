/** Hours of the day in a time zone, e.g. 22:00–08:00: over midnight where the end is before the start. */
export interface Hours {
  /** Minutes after local midnight. */
  readonly start: number;
  readonly end: number;
  readonly timeZone: string;
}

const MINUTES_A_DAY = 1440;

/** `22:00-08:00`, also with an en dash. Null: not hours of a day. */
export function parseHours(text: string, timeZone: string): Hours | null {
  const match = /^(\d{1,2}):(\d{2})\s*[-–]\s*(\d{1,2}):(\d{2})$/.exec(text.trim());
  if (!match) return null;
  const [startHour, startMinute, endHour, endMinute] = match.slice(1).map(Number) as [
    number,
    number,
    number,
    number,
  ];
  if (startHour > 23 || startMinute > 59 || endMinute > 59 || endHour * 60 + endMinute > MINUTES_A_DAY)
    return null;
  const start = startHour * 60 + startMinute;
  const end = (endHour * 60 + endMinute) % MINUTES_A_DAY;
  return start === end ? null : { start, end, timeZone };
}

export function isWithin({ start, end, timeZone }: Hours, now: Date): boolean {
  const minute = minuteOfDay(now, timeZone);
  return start < end ? minute >= start && minute < end : minute >= start || minute < end;
}

/** Milliseconds from their start to their end. */
export function lengthOf({ start, end }: Hours): number {
  return ((end - start + MINUTES_A_DAY) % MINUTES_A_DAY) * 60_000;
}

/** When the hours begin next; `now` itself within them. Exact but for a change of clocks before. */
export function nextOpening(hours: Hours, now: Date): Date {
  if (isWithin(hours, now)) return now;
  const minutes = (hours.start - minuteOfDay(now, hours.timeZone) + MINUTES_A_DAY) % MINUTES_A_DAY;
  return new Date(now.getTime() + minutes * 60_000 - (now.getTime() % 60_000));
}

/** Milliseconds from `now` until the hours end; 0 outside of them. Exact but for a change of clocks within the hours. */
export function timeLeft(hours: Hours, now: Date): number {
  if (!isWithin(hours, now)) return 0;
  const minutes = (hours.end - minuteOfDay(now, hours.timeZone) + MINUTES_A_DAY) % MINUTES_A_DAY;
  return minutes * 60_000 - (now.getTime() % 60_000);
}

/**
 * When the night began that `now` belongs to: the last start of the hours, or the last local noon without hours, so that what ran
 * before and after midnight counts together.
 */
export function nightBegan(hours: Hours | null, { now, timeZone }: { now: Date; timeZone: string }): Date {
  const start = hours?.start ?? MINUTES_A_DAY / 2;
  const minutes = (minuteOfDay(now, hours?.timeZone ?? timeZone) - start + MINUTES_A_DAY) % MINUTES_A_DAY;
  return new Date(now.getTime() - minutes * 60_000 - (now.getTime() % 60_000));
}

/** The end of the n-th night from now: of its hours, or so many days later where there are none. */
export function nightsFrom(
  nights: number,
  { hours, now, timeZone }: { hours: Hours | null; now: Date; timeZone: string },
): Date {
  if (!hours) return new Date(now.getTime() + nights * MINUTES_A_DAY * 60_000);
  const first = isWithin(hours, now) ? nightBegan(hours, { now, timeZone }) : nextOpening(hours, now);
  return new Date(first.getTime() + (nights - 1) * MINUTES_A_DAY * 60_000 + lengthOf(hours));
}

function minuteOfDay(now: Date, timeZone: string): number {
  // The first use of Intl costs a start more than all else that is done with times.
  if (timeZone === "UTC") return now.getUTCHours() * 60 + now.getUTCMinutes();
  const parts = new Intl.DateTimeFormat("en-GB", {
    timeZone,
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  });
  const [hour = 0, minute = 0] = parts.format(now).split(":").map(Number);
  return hour * 60 + minute;
}
