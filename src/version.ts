/** As package.json says; kept here because the bundles stand alone. */
export const VERSION = "0.1.0";
