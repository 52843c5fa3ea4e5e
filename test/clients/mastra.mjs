// mastra.mjs - PgVector of @mastra/pg
import { PgVector } from "@mastra/pg";
import {
  BITS, assert, assertClose, assertEqual, assertRanking, assertRefused, canIndex, connection,
  databaseWithExtensionIn, expected, metrics, queryOf, rowsOf, runClient,
} from "./lib.mjs";

const options = (where) => ({ id: "trees", ...where, password: "none is asked for" });
const idOf = (row) => `tree-${row.id}`;
const metadataOf = (row) => ({
  number: row.id, parity: row.id % 2 === 0 ? "even" : "odd", tags: [row.label[0], "tree"], name: { common: row.label },
});
// It takes every type as an array of numbers.
const numbers = (value) => [...value].map(Number);

// How it makes a score of a distance, turned round.
const fromScore = {
  cosine: (score) => 1 - score,
  l2: (score) => 1 / score - 1,
  ip: (score) => -score,
  hamming: (score) => (1 - score) * BITS,
  jaccard: (score) => 1 - score,
};
const metricNames = { cosine: "cosine", euclidean: "l2", dotproduct: "ip", hamming: "hamming", jaccard: "jaccard" };

// Everything the store does with one table. Without an index it forgets the
// metric that was asked for, and scores by cosine, or Hamming for bits.
async function testIndex(store, name, check, { vectorType = "vector", metric = "cosine", ...config }) {
  const { indexName = "trees", indexConfig = { type: "flat" }, buildIndex = true } = config;
  const rows = rowsOf(vectorType);
  const queryVector = numbers(queryOf(vectorType));
  const indexed = buildIndex && indexConfig.type !== "flat";
  const scored = indexed ? metricNames[metric] : vectorType === "bit" ? "hamming" : "cosine";
  const wanted = (filter) => expected(vectorType, scored, { filter });
  const ranking = (results) => results.map(({ id, score }) => (
    { id: Number(id.replace("tree-", "")), distance: fromScore[scored](score) }));
  // Its default, -1, would hide rows far off by inner product.
  const search = (extra) => store.query({ indexName, queryVector, topK: 9, minScore: -1000, ...extra });

  await check(`${name}: creates the table`, async () => {
    await store.createIndex({ indexName, dimension: queryVector.length, metric, vectorType, indexConfig, buildIndex });
    assert((await store.listIndexes()).includes(indexName), "the table is not listed");
  });
  await check(`${name}: upserts vectors`, async () => {
    const ids = rows.map(idOf);
    const vectors = rows.map((row) => numbers(row.value));
    assertEqual(await store.upsert({ indexName, ids, metadata: rows.map(metadataOf), vectors }), ids, "ids");
    const { dimension, count, type } = await store.describeIndex({ indexName });
    assertEqual({ dimension, count, type },
      { dimension: queryVector.length, count: rows.length, type: indexed ? indexConfig.type : "flat" }, "description");
  });
  await check(`${name}: queries`, async () => {
    assertRanking(ranking(await search({ topK: 4 })), wanted().slice(0, 4), "query");
  });
  await check(`${name}: queries above a least score, with vectors`, async () => {
    const [first, second, third] = wanted();
    const minScore = (await search()).find(({ id }) => id === idOf(third)).score + 1e-6;
    const found = await search({ minScore, includeVector: true });
    assertRanking(ranking(found), [first, second], "query");
    assertEqual(found.map((row) => row.vector), [first, second].map((row) => numbers(row.value)), "vectors");
  });
  await check(`${name}: queries with filters`, async () => {
    const cases = [
      [{ parity: "even" }, (row) => row.id % 2 === 0],
      [{ $and: [{ number: { $gt: 2 } }, { number: { $lte: 6 } }] }, (row) => row.id > 2 && row.id <= 6],
      [{ $or: [{ number: { $in: [1, 5] } }, { "name.common": "elm" }] }, (row) => [1, 4, 5].includes(row.id)],
      [{ tags: { $contains: ["f"] } }, (row) => row.label[0] === "f"],
      [{ "name.common": { $regex: "^[ab]" } }, (row) => row.id < 3],
      [{ $not: { parity: "odd" } }, (row) => row.id % 2 === 0],
    ];
    for (const [filter, keeps] of cases) {
      assertRanking(ranking(await search({ filter })), wanted(keeps), JSON.stringify(filter));
    }
  });
  await check(`${name}: upserting an id again replaces its vector`, async () => {
    await store.upsert({ indexName, ids: [idOf(rows[1])], metadata: [metadataOf(rows[1])], vectors: [queryVector] });
    const { score } = (await search()).find(({ id }) => id === idOf(rows[1]));
    const itself = scored === "ip" ? metrics.ip.distance(queryVector, queryVector) : 0;
    assertClose(fromScore[scored](score), itself, "distance");
  });
  await check(`${name}: updates a vector and its metadata`, async () => {
    await store.updateVector({
      indexName, id: idOf(rows[1]), update: { vector: numbers(rows[1].value), metadata: { number: 0 } },
    });
    assertRanking(ranking(await search()), wanted(), "updated vector");
    assertRanking(ranking(await search({ filter: { number: 0 } })), wanted((row) => row.id === 2), "updated metadata");
  });
  await check(`${name}: deletes by id, by ids and by filter`, async () => {
    await store.deleteVector({ indexName, id: idOf(rows[0]) });
    await store.deleteVectors({ indexName, ids: [idOf(rows[2])] });
    await store.deleteVectors({ indexName, filter: { "name.common": "elm" } });
    assertRanking(ranking(await search()), wanted((row) => ![1, 3, 4].includes(row.id)), "the rest");
  });
  // The store casts the others to the table's dimensions.
  if (vectorType === "vector" || vectorType === "halfvec") {
    await check(`${name}: a vector of other dimensions is refused`, () =>
      assertRefused(() => store.upsert({ indexName, vectors: [[1, 2]] }),
        /expects 4 dimensions but got 2|expected 4 dimensions, not 2/, "upsert"));
  }
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
    await testIndex(store, metric, check, { metric });
  }
  for (const vectorType of ["halfvec", "sparsevec", "bit"]) {
    await testIndex(store, vectorType, check, { vectorType });
  }
  await testIndex(store, "buildIndex: false", check, { buildIndex: false });
  for (const vectorType of ["vector", "halfvec", "sparsevec", "bit"]) {
    for (const metric of vectorType === "bit" ? ["hamming", "jaccard"] : ["cosine", "euclidean", "dotproduct"]) {
      if (!await canIndex(vectorType, metricNames[metric])) continue;
      await testIndex(store, `${vectorType}, ${metric}, hnsw`, check, { vectorType, metric, indexConfig: { type: "hnsw" } });
    }
  }
  await store.disconnect();

  const inSchema = new PgVector({ ...options(connection), schemaName: "agents" });
  await testIndex(inSchema, "own schema", check, {});
  await inSchema.disconnect();

  // It asks pg_extension for the schema, and sets the search path to it.
  const elsewhere = new PgVector(options(await databaseWithExtensionIn("extensions")));
  await testIndex(elsewhere, "extension in a schema of its own", check, {});
  await elsewhere.disconnect();
});
