// langchain.mjs - PGVectorStore of @langchain/community
import { Embeddings } from "@langchain/core/embeddings";
import { Document } from "@langchain/core/documents";
import { PGVectorStore } from "@langchain/community/vectorstores/pgvector";
import {
  DIMENSIONS, assertClose, assertEqual, assertRanking, assertRefused, connection, databaseWithExtensionIn,
  dense, denseQuery, expected, runClient, withIndexes,
} from "./lib.mjs";

// An embedding model that knows seven words and takes anything else for the query.
class FakeEmbeddings extends Embeddings {
  constructor() {
    super({});
  }
  async embedQuery(text) {
    return dense.find((row) => row.label === text)?.value ?? denseQuery;
  }
  async embedDocuments(texts) {
    return Promise.all(texts.map((text) => this.embedQuery(text)));
  }
}

const strategies = { cosine: "cosine", innerProduct: "ip", euclidean: "l2" };
const uuid = (id) => `00000000-0000-4000-8000-${String(id).padStart(12, "0")}`;
const documents = () => dense.map((row) => new Document({
  pageContent: row.label, metadata: { id: row.id, even: row.id % 2 === 0, tags: [row.label[0], "tree"] },
}));
const ranking = (results) => results.map(([document, distance]) => ({ id: document.metadata.id, distance }));

async function testStrategy(distanceStrategy, options, name, check) {
  const metric = strategies[distanceStrategy];
  const store = await PGVectorStore.initialize(new FakeEmbeddings(), {
    postgresConnectionOptions: connection, tableName: `items_${name}`, distanceStrategy, ...options,
  });
  await check(`${name}: adds documents`, () =>
    store.addDocuments(documents(), { ids: dense.map((row) => uuid(row.id)) }));
  await check(`${name}: similaritySearchWithScore`, async () => {
    assertRanking(ranking(await store.similaritySearchWithScore("query", 5)),
      expected("vector", metric).slice(0, 5), "search");
  });
  await check(`${name}: search with filters`, async () => {
    const even = await store.similaritySearchWithScore("query", 9, { even: true });
    assertRanking(ranking(even), expected("vector", metric, { filter: (row) => row.id % 2 === 0 }), "equality");
    const some = await store.similaritySearchWithScore("query", 9, { id: { gt: 2, lte: 6 } });
    assertRanking(ranking(some), expected("vector", metric, { filter: (row) => row.id > 2 && row.id <= 6 }), "range");
    const tagged = await store.similaritySearchWithScore("query", 9, { tags: { arrayContains: ["e", "f"] } });
    assertRanking(ranking(tagged), expected("vector", metric, { filter: (row) => "ef".includes(row.label[0]) }), "array");
  });
  await check(`${name}: distance and similarity`, async () => {
    const [[, { distance, similarity }]] = await store.similaritySearchVectorWithScores(denseQuery, 1);
    const wanted = expected("vector", metric)[0].distance;
    assertClose(distance, wanted, "distance");
    assertClose(similarity, { cosine: (2 - wanted) / 2, l2: 1 / (1 + wanted), ip: -wanted }[metric], "similarity");
  });
  await check(`${name}: maximal marginal relevance, which reads vectors back`, async () => {
    const found = await store.maxMarginalRelevanceSearch("query", { k: 1, fetchK: 5 });
    const [nearest] = expected("vector", "cosine", {
      filter: (row) => expected("vector", metric).slice(0, 5).some((other) => other.id === row.id),
    });
    assertEqual(found.map((document) => document.metadata.id), [nearest.id], "first");
  });
  // It prints the error of a refused index and goes on; so it is looked up.
  if (withIndexes && options.dimensions && !options.extensionSchemaName) {
    await check(`${name}: createHnswIndex, then searches again`, async () => {
      await store.createHnswIndex({ dimensions: DIMENSIONS, m: 8, efConstruction: 32, namespace: name });
      const { rows } = await store.pool.query("SELECT 1 FROM pg_class WHERE relname = $1",
        [`${name}_embedding_embedding_hnsw_idx`]);
      assertEqual(rows.length, 1, "index");
      assertRanking(ranking(await store.similaritySearchWithScore("query", 5)),
        expected("vector", metric).slice(0, 5), "search");
    });
  }
  await check(`${name}: deletes by id and by filter`, async () => {
    await store.delete({ ids: [uuid(2)] });
    await store.delete({ filter: { id: 3 } });
    assertRanking(ranking(await store.similaritySearchWithScore("query", 9)),
      expected("vector", metric, { filter: (row) => row.id !== 2 && row.id !== 3 }), "the rest");
  });
  return store;
}

runClient("@langchain/community", async (check) => {
  for (const distanceStrategy of Object.keys(strategies)) {
    const store = await testStrategy(distanceStrategy, {}, distanceStrategy.toLowerCase(), check);
    await store.end();
  }
  const withDimensions = await testStrategy("cosine", { dimensions: DIMENSIONS }, "dimensions", check);
  await check("dimensions: a vector of other dimensions is refused", async () => {
    const { error } = console;
    console.error = () => {}; // it prints the error as well as throwing it
    await assertRefused(() => withDimensions.addVectors([[1, 2]], [new Document({ pageContent: "x" })]),
      /expected 4 dimensions, not 2/, "addVectors");
    console.error = error;
  });
  await withDimensions.end();
  const inCollection = await testStrategy("euclidean",
    { collectionTableName: "collections", collectionName: "trees" }, "collection", check);
  await inCollection.end();

  // Its option to name the extension's schema, for a search path without that
  // schema: operators are then written OPERATOR(schema.op).
  const postgresConnectionOptions = await databaseWithExtensionIn("extensions");
  for (const distanceStrategy of Object.keys(strategies)) {
    const store = await testStrategy(distanceStrategy, {
      postgresConnectionOptions, extensionSchemaName: "extensions", dimensions: DIMENSIONS,
    }, `schema_${distanceStrategy.toLowerCase()}`, check);
    await store.end();
  }
});
