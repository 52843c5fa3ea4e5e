// knex.mjs - Knex's schema builder and the helpers of `pgvector/knex`
import Knex from "knex";
import pgvector from "pgvector/knex";
import { SparseVector } from "pgvector";
import {
  BITS, DIMENSIONS, SPARSE_DIMENSIONS, assertEqual, assertRanking, assertRefused, bitQuery, bits, canIndex,
  connection, dense, denseQuery, expected, metricsOf, operatorClass, runClient, sparse, sparseQuery,
} from "./lib.mjs";

const functions = {
  l2: "l2Distance", ip: "maxInnerProduct", cosine: "cosineDistance", l1: "l1Distance",
  hamming: "hammingDistance", jaccard: "jaccardDistance",
};

runClient("knex", async (check) => {
  const knex = Knex({ client: "pg", connection });

  await check("creates the extension, by both of its helpers", async () => {
    await knex.schema.createExtensionIfNotExists("vector");
    await knex.schema.enableExtension("vector");
  });
  await check("creates a table with its column helpers", () =>
    knex.schema.createTable("items", (table) => {
      table.increments("id");
      table.string("label");
      table.vector("embedding", DIMENSIONS);
      table.halfvec("half", { dimensions: DIMENSIONS });
      table.specificType("binary_embedding", `bit(${BITS})`);
      table.sparsevec("sparse", SPARSE_DIMENSIONS);
    }));
  await check("inserts many rows", () =>
    knex("items").insert(dense.map((row, i) => ({
      id: row.id, label: row.label, embedding: pgvector.toSql(row.value), half: pgvector.toSql(row.value),
      binary_embedding: bits[i]?.value ?? null,
      sparse: sparse[i] ? pgvector.toSql(new SparseVector(sparse[i].value)) : null,
    }))));
  await check("selects the values back", async () => {
    const rows = await knex("items").orderBy("id");
    assertEqual(rows.map((row) => pgvector.fromSql(row.embedding)), dense.map((row) => row.value), "vector");
    assertEqual(rows.map((row) => pgvector.fromSql(row.half)), dense.map((row) => row.value), "halfvec");
    assertEqual(rows.slice(0, sparse.length).map((row) => pgvector.fromSql(row.sparse).toArray()),
      sparse.map((row) => row.value), "sparsevec");
  });

  const columns = {
    vector: ["embedding", denseQuery],
    halfvec: ["half", denseQuery],
    sparsevec: ["sparse", new SparseVector(sparseQuery)],
    bit: ["binary_embedding", bitQuery],
  };
  for (const [type, [column, query]] of Object.entries(columns)) {
    for (const metric of metricsOf(type)) {
      await check(`searches ${type} by ${functions[metric]}()`, async () => {
        const distance = () => knex[functions[metric]](column, query);
        const rows = await knex("items").select("id", knex.raw("? AS distance", [distance()]))
          .whereNotNull(column).orderBy(distance()).limit(4);
        assertRanking(rows, expected(type, metric).slice(0, 4), type);
      });
    }
  }

  for (const [type, [column, query]] of Object.entries(columns)) {
    const [metric] = metricsOf(type);
    if (!await canIndex(type, metric)) continue;
    await check(`creates an index on ${type} and searches again`, async () => {
      const name = `items_${column}`;
      await knex.schema.alterTable("items", (table) => {
        table.index(knex.raw(`${column} ${operatorClass(type, metric)}`), name, "hnsw");
      });
      const rows = await knex("items").select("id").whereNotNull(column)
        .orderBy(knex[functions[metric]](column, query)).limit(4);
      assertRanking(rows, expected(type, metric).slice(0, 4), type);
      await knex.schema.alterTable("items", (table) => table.dropIndex([], name));
    });
  }

  await check("filters by distance", async () => {
    const rows = await knex("items").select("id")
      .where(knex.l2Distance("embedding", denseQuery), "<", 5)
      .orderBy(knex.l2Distance("embedding", denseQuery));
    assertRanking(rows, expected("vector", "l2").filter((row) => row.distance < 5), "below 5");
  });
  await check("upserts by onConflict().merge()", async () => {
    await knex("items").insert({ id: 2, label: "rowan", embedding: pgvector.toSql(denseQuery) })
      .onConflict("id").merge();
    const row = await knex("items").where({ id: 2 }).first();
    assertEqual([row.label, pgvector.fromSql(row.embedding)], ["rowan", denseQuery], "row");
  });
  await check("changes a column's type in a migration", async () => {
    await knex.schema.alterTable("items", (table) => {
      table.specificType("embedding", `halfvec(${DIMENSIONS})`).alter();
    });
    const row = await knex("items").where({ id: 1 }).first(knex.raw("pg_typeof(embedding)::text AS type"), "embedding");
    assertEqual([row.type, row.embedding], ["halfvec", "[1,2,3,0.5]"], "altered column");
  });
  await check("a vector of other dimensions is refused", () =>
    assertRefused(() => knex("items").insert({ half: pgvector.toSql([1, 2]) }),
      /expected 4 dimensions, not 2/, "insert"));
  await knex.destroy();
});
