import { parseSchema, type Schema } from "../graphql/schema.ts";

/** What the embedded W&B answers to: the fields that the SDKs, the public client and our own reader select. */
const SCHEMA = `
scalar JSONString
scalar JSON
scalar Int64
scalar DateTime
scalar Duration
enum RampIDType { OrgName }

type Query {
  viewer: User
  serverInfo: ServerInfo
  project(name: String, entityName: String): Project
  model(name: String, entityName: String): Project
  entity(name: String!): Entity
  organization(name: String!): Organization
  __type(name: String!): __Type
}
type __Type { name: String, kind: String, fields: [__Field!], inputFields: [__InputValue!] }
type __Field { name: String!, args: [__InputValue!]! }
type __InputValue { name: String! }

type User {
  id: ID!, entity: String, username: String, name: String, email: String, admin: Boolean, flags: JSONString,
  deletedAt: DateTime, teams: EntityConnection, apiKeys: ApiKeyConnection
}
type EntityConnection { edges: [EntityEdge!]! }
type EntityEdge { node: Entity }
type ApiKeyConnection { edges: [ApiKeyEdge!]! }
type ApiKeyEdge { node: ApiKey }
type ApiKey { id: ID!, name: String!, description: String }
type Entity { id: ID!, name: String!, organization: Organization }
type Organization { coreWeaveOrganizationId: String, featureFlags(rampIDType: RampIDType): [FeatureFlag!]! }
type FeatureFlag { rampKey: String!, isEnabled: Boolean! }
type ServerInfo { cliVersionInfo: JSON, latestLocalVersionInfo: LocalVersionInfo, features: [ServerFeature]! }
type ServerFeature { name: String!, isEnabled: Boolean! }
type LocalVersionInfo { outOfDate: Boolean!, latestVersionString: String!, versionOnThisInstanceString: String! }

type Project {
  id: ID!, internalId: ID, name: String!, entityName: String!, entity: Entity!, createdAt: DateTime, readOnly: Boolean,
  runCount(filters: JSONString): Int!
  runs(filters: JSONString, order: String, first: Int, after: String): RunConnection
  buckets(filters: JSONString, order: String, first: Int, after: String): RunConnection
  run(name: String!): Run
  bucket(name: String!, missingOk: Boolean): Run
}
type RunConnection { edges: [RunEdge!]!, pageInfo: PageInfo!, totalCount: Int, historyKeys: JSON }
type RunEdge { node: Run!, cursor: String! }
type PageInfo { endCursor: String, hasNextPage: Boolean! }

type Run {
  id: ID!, projectId: ID, name: String!, displayName: String, sweepName: String, state: String, group: String,
  jobType: String, commit: String, host: String, readOnly: Boolean, description: String, notes: String,
  tags: [String!], user: User, project: Project,
  createdAt: DateTime!, heartbeatAt: DateTime, updatedAt: DateTime, computeSeconds: Float,
  stopped: Boolean, shouldStop: Boolean, running: Boolean, failed: Boolean, exitcode: Int,
  config(keys: [String!]): JSONString
  summaryMetrics(keys: [String!]): JSONString
  systemMetrics: JSONString
  wandbConfig(keys: [String!]): JSONString
  historyLineCount: Int, logLineCount: Int, eventsLineCount: Int
  historyTail: JSONString, eventsTail: JSONString
  historyKeys: JSON
  history(minStep: Int64, maxStep: Int64, samples: Int): [JSONString!]
  events(samples: Int): [JSONString!]
  sampledHistory(specs: [JSONString!]!): [JSON]
  parquetHistory(liveKeys: [String!]!): ParquetHistory
  files(names: [String], after: String, first: Int, pattern: String): FileConnection
  fileCount: Int
}
type ParquetHistory { parquetUrls: [String!]!, liveData: [JSON!]! }
type FileConnection { edges: [FileEdge!]!, pageInfo: PageInfo!, totalCount: Int }
type FileEdge { node: File, cursor: String! }
type File {
  id: ID!, name: String!, url(upload: Boolean): String, directUrl: String!, sizeBytes: Int64!, mimetype: String,
  md5: String, updatedAt: DateTime
}

type Mutation {
  upsertBucket(input: UpsertBucketInput!): UpsertBucketPayload
  createRunFiles(input: CreateRunFilesInput!): CreateRunFilesPayload
  stopRun(input: StopRunInput!): StopRunPayload
}
input UpsertBucketInput {
  id: String, name: String, groupName: String, modelName: String, entityName: String, description: String,
  displayName: String, notes: String, config: JSONString, commit: String, host: String, debug: Boolean,
  jobProgram: String, jobRepo: String, jobType: String, state: String, sweep: String, tags: [String!],
  summaryMetrics: JSONString
}
type UpsertBucketPayload { bucket: Run, inserted: Boolean, serverSettings: ServerSettings }
type ServerSettings { serverMessages: [ServerMessage!]! }
type ServerMessage {
  utfText: String, plainText: String, htmlText: String, messageType: String, messageLevel: String
}
input CreateRunFilesInput { entityName: String!, projectName: String!, runName: String!, files: [String!]! }
type CreateRunFilesPayload { runID: ID!, uploadHeaders: [String!]!, files: [UploadFile!]! }
type UploadFile { name: String!, uploadUrl: String }
input StopRunInput { id: ID! }
type StopRunPayload { success: Boolean, clientMutationId: String }
`;

/** An old self-hosted server has no server-side projection: its clients must ask again without `keys`. */
const PROJECTING = /(?<field>config|summaryMetrics)\(keys: \[String!\]\)/g;

export type Dialect = "hosted" | "old-self-hosted";

export function schemaOf(dialect: Dialect): Schema {
  return parseSchema(dialect === "hosted" ? SCHEMA : SCHEMA.replaceAll(PROJECTING, "$<field>"));
}
