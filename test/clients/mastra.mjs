// mastra.mjs - PgVector of @mastra/pg
import { PgVector } from "@mastra/pg";
import {
  DIMENSIONS, assert, assertClose, assertEqual, assertRanking, assertRefused, connection,
  databaseWithExtensionIn, dense, denseQuery, expected, runClient,
} from "./lib.mjs";

const options = (where) => ({ ...where, password: "none is asked for" });
const ids = dense.map((row) => `tree-${row.id}`);
const metadata = dense.map((row) => ({
  number: row.id, parity: row.id % 2 === 0 ? "even" : "odd", tags: [row.label[0], "tree"], name: { common: row.label },
}));

// Its score is 1 - cosine distance, whatever the metric of the index.
const ranking = (results) => results.map(({ id, score }) => (
  { id: Number(id.replace("tree-", "")), distance: 1 - score }));
const wanted = (filter) => expected("vector", "cosine", { filter });

async function testIndex(store, indexName, metric, buildIndex, name, check) {
  const search = (extra) => store.query({ indexName, queryVector: denseQuery, topK: 9, ...extra });
  await check(`${name}: creates the table, no index`, async () => {
    await store.createIndex({ indexName, dimension: DIMENSIONS, metric, indexConfig: { type: "flat" }, buildIndex });
    assert((await store.listIndexes()).includes(indexName), "the table is not listed");
  });
  await check(`${name}: upserts vectors`, async () => {
    assertEqual(await store.upsert({ indexName, ids, metadata, vectors: dense.map((row) => row.value) }), ids, "ids");
    const { dimension, count, type } = await store.describeIndex({ indexName });
    assertEqual({ dimension, count, type }, { dimension: DIMENSIONS, count: dense.length, type: "flat" }, "description");
  });
  await check(`${name}: queries`, async () => {
    assertRanking(ranking(await search({ topK: 5 })), wanted().slice(0, 5), "query");
  });
  await check(`${name}: queries above a least score, with vectors`, async () => {
    const found = await search({ minScore: 0.5, includeVector: true });
    const near = wanted().filter((row) => 1 - row.distance > 0.5);
    assertRanking(ranking(found), near, "query");
    assertEqual(found.map((row) => row.vector), near.map((row) => row.value), "vectors");
  });
  await check(`${name}: queries with filters`, async () => {
    const cases = [
      [{ parity: "even" }, (row) => row.id % 2 === 0],
      [{ $and: [{ number: { $gt: 2 } }, { number: { $lte: 6 } }] }, (row) => row.id > 2 && row.id <= 6],
      [{ $or: [{ number: { $in: [1, 5] } }, { "name.common": "larch" }] }, (row) => [1, 5, 7].includes(row.id)],
      [{ tags: { $contains: ["f"] } }, (row) => row.label[0] === "f"],
      [{ "name.common": { $regex: "^[ab]" } }, (row) => row.id < 3],
      [{ $not: { parity: "odd" } }, (row) => row.id % 2 === 0],
    ];
    for (const [filter, keeps] of cases) {
      assertRanking(ranking(await search({ filter })), wanted(keeps), JSON.stringify(filter));
    }
  });
  await check(`${name}: upserting an id again replaces its vector`, async () => {
    await store.upsert({ indexName, ids: [ids[1]], metadata: [metadata[1]], vectors: [denseQuery] });
    const [first] = await search();
    assertEqual(first.id, ids[1], "nearest");
    assertClose(first.score, 1, "score");
  });
  await check(`${name}: updates a vector and its metadata`, async () => {
    await store.updateVector({ indexName, id: ids[1], update: { vector: dense[1].value, metadata: { number: 0 } } });
    assertRanking(ranking(await search()), wanted(), "updated vector");
    assertRanking(ranking(await search({ filter: { number: 0 } })), wanted((row) => row.id === 2), "updated metadata");
  });
  await check(`${name}: deletes by id, by ids and by filter`, async () => {
    await store.deleteVector({ indexName, id: ids[0] });
    await store.deleteVectors({ indexName, ids: [ids[2]] });
    await store.deleteVectors({ indexName, filter: { "name.common": "elm" } });
    assertRanking(ranking(await search()), wanted((row) => ![1, 3, 4].includes(row.id)), "the rest");
  });
  await check(`${name}: a vector of other dimensions is refused`, () =>
    assertRefused(() => store.upsert({ indexName, vectors: [[1, 2]] }), /expects 4 dimensions but got 2|expected 4 dimensions, not 2/, "upsert"));
  await check(`${name}: truncates and drops the table`, async () => {
    await store.truncateIndex({ indexName });
    assertEqual((await store.describeIndex({ indexName })).count, 0, "count");
    await store.deleteIndex({ indexName });
    assert(!(await store.listIndexes()).includes(indexName), "the table is still listed");
  });
}

runClient("@mastra/pg", async (check) => {
  const store = new PgVector(options(connection));
  for (const metric of ["cosine", "euclidean", "dotproduct"]) {
    await testIndex(store, `trees_${metric}`, metric, true, metric, check);
  }
  await testIndex(store, "trees_no_index", "cosine", false, "without an index", check);
  await store.disconnect();

  const inSchema = new PgVector({ ...options(connection), schemaName: "agents" });
  await testIndex(inSchema, "trees", "cosine", true, "own schema", check);
  await inSchema.disconnect();

  // It asks pg_extension for the schema and writes the type's name with it, but
  // not the operator's: the schema has to be in the search path.
  const elsewhere = new PgVector(options(await databaseWithExtensionIn("extensions", "public, extensions")));
  await testIndex(elsewhere, "trees", "cosine", true, "extension in a schema of its own", check);
  await elsewhere.disconnect();
});
