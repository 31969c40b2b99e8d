import { parseSchema, type Schema } from "../../graphql/schema.ts";

/** The part of GitHub's GraphQL that reads a repository's git data in one request. */
const SCHEMA = `
scalar GitObjectID
type Query { viewer: User!, repository(owner: String!, name: String!, followRenames: Boolean): Repository }
type User { login: String! }
type Repository {
  nameWithOwner: String!, isPrivate: Boolean!, defaultBranchRef: Ref
  ref(qualifiedName: String!): Ref
  object(oid: GitObjectID, expression: String): GitObject
}
type Ref { name: String!, target: GitObject }
type GitObject { oid: GitObjectID! }
type Commit { oid: GitObjectID!, message: String! }
type Blob { oid: GitObjectID!, byteSize: Int!, isBinary: Boolean, isTruncated: Boolean!, text: String }
`;

export const schema: Schema = parseSchema(SCHEMA);
