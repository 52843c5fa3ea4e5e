// llamaindex.mjs - PGVectorStore of @llamaindex/postgres, with each kind of
// connection that it takes
import pg from "pg";
import postgres from "postgres";
import pgvector from "pgvector/pg";
import { Document } from "@llamaindex/core/schema";
import { FilterCondition, FilterOperator, VectorStoreQueryMode } from "@llamaindex/core/vector-store";
import { PGVectorStore } from "@llamaindex/postgres";
import {
  DIMENSIONS, assertClose, assertEqual, assertRanking, assertRefused, connection, dense, denseQuery,
  expected, runClient,
} from "./lib.mjs";

// The store asks for an embedding model only to embed texts; here all nodes
// bring their vectors, so one that was called would be a mistake.
const embeddingModel = {
  getTextEmbedding: () => {
    throw new Error("no text should be embedded");
  },
};

const uuid = (id) => `00000000-0000-4000-8000-${String(id).padStart(12, "0")}`;
const nodes = (rows) => rows.map((row) => new Document({
  id_: uuid(row.id), text: row.label, embedding: row.value,
  metadata: { number: row.id, parity: row.id % 2 === 0 ? "even" : "odd", tags: [row.label[0], "tree"] },
}));
const ranking = (result) => result.nodes.map((node, i) => (
  { id: node.metadata.number, distance: 1 - result.similarities[i] }));

async function testStore(store, name, check) {
  const search = (similarityTopK, filters) => store.query({
    queryEmbedding: denseQuery, similarityTopK, mode: VectorStoreQueryMode.DEFAULT, filters,
  });
  const wanted = (filter) => expected("vector", "cosine", { filter });
  await check(`${name}: makes its schema and adds nodes`, async () => {
    const ids = await store.add(nodes(dense));
    assertEqual(ids, dense.map((row) => uuid(row.id)), "ids");
  });
  await check(`${name}: queries by similarity`, async () => {
    assertRanking(ranking(await search(5)), wanted().slice(0, 5), "query");
  });
  await check(`${name}: returns text and embedding`, async () => {
    const [node] = (await search(1)).nodes;
    const [nearest] = wanted();
    assertEqual([node.text, node.embedding], [nearest.label, nearest.value], "node");
  });
  await check(`${name}: queries with filters`, async () => {
    const { EQ, GT, IN, LTE } = FilterOperator;
    assertRanking(ranking(await search(9, { filters: [{ key: "parity", value: "even", operator: EQ }] })),
      wanted((row) => row.id % 2 === 0), "equality");
    assertRanking(ranking(await search(9, {
      condition: FilterCondition.AND,
      filters: [{ key: "number", value: 2, operator: GT }, { key: "number", value: 6, operator: LTE }],
    })), wanted((row) => row.id > 2 && row.id <= 6), "range");
    assertRanking(ranking(await search(9, {
      condition: FilterCondition.OR,
      filters: [{ key: "number", value: ["1", "5"], operator: IN }, { key: "number", value: 7, operator: EQ }],
    })), wanted((row) => [1, 5, 7].includes(row.id)), "either");
    // It hands this filter over as JSON text, which Postgres.js encodes again.
    if (name !== "postgres") {
      assertRanking(ranking(await search(9, { filters: [{ key: "tags", value: "f", operator: FilterOperator.CONTAINS }] })),
        wanted((row) => row.label[0] === "f"), "element");
    }
  });
  await check(`${name}: adding a node again replaces it`, async () => {
    await store.add(nodes([{ ...dense[1], value: denseQuery }]));
    const result = await search(1);
    assertEqual(result.ids, [uuid(2)], "nearest");
    assertClose(result.similarities[0], 1, "similarity");
  });
  await check(`${name}: deletes a node`, async () => {
    await store.delete(uuid(2));
    assertRanking(ranking(await search(9)), wanted((row) => row.id !== 2), "the rest");
  });
  await check(`${name}: keeps collections apart and clears one`, async () => {
    store.setCollection("other");
    await store.add(nodes([{ ...dense[0], id: 50 }]));
    assertEqual((await search(9)).ids, [uuid(50)], "other collection");
    await store.clearCollection();
    assertEqual((await search(9)).ids, [], "cleared collection");
    store.setCollection("");
    assertEqual((await search(9)).ids.length, dense.length - 1, "all collections");
  });
  await check(`${name}: a vector of other dimensions is refused`, () =>
    assertRefused(() => store.add(nodes([{ id: 99, label: "x", value: [1, 2] }])),
      /expected 4 dimensions, not 2/, "add"));
}

runClient("@llamaindex/postgres", async (check) => {
  const common = { dimensions: DIMENSIONS, embeddingModel };
  await testStore(new PGVectorStore({ ...common, clientConfig: connection, tableName: "by_config", schemaName: "llama" }),
    "own connection", check);

  const client = new pg.Client(connection);
  await client.connect();
  await pgvector.registerTypes(client);
  await testStore(new PGVectorStore({ ...common, client, shouldConnect: false, tableName: "by_client" }), "pg client", check);
  await client.end();

  const sql = postgres({ ...connection, max: 2, onnotice: () => {} });
  await testStore(new PGVectorStore({ ...common, client: sql, tableName: "by_postgres" }), "postgres", check);
  await sql.end();
});
