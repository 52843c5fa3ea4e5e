// kysely.mjs - Kysely's schema builder and the helpers of `pgvector/kysely`
import pg from "pg";
import { Kysely, PostgresDialect, sql } from "kysely";
import pgvector, {
  cosineDistance, hammingDistance, jaccardDistance, l1Distance, l2Distance, maxInnerProduct,
} from "pgvector/kysely";
import { SparseVector } from "pgvector";
import {
  BITS, DIMENSIONS, SPARSE_DIMENSIONS, assertEqual, assertRanking, assertRefused, bitQuery, bits, canIndex,
  connection, dense, denseQuery, expected, metricsOf, operatorClass, runClient, sparse, sparseQuery,
} from "./lib.mjs";

const functions = {
  l2: l2Distance, ip: maxInnerProduct, cosine: cosineDistance, l1: l1Distance,
  hamming: hammingDistance, jaccard: jaccardDistance,
};

runClient("kysely", async (check) => {
  const db = new Kysely({ dialect: new PostgresDialect({ pool: new pg.Pool(connection) }) });

  await check("creates the extension and a table", async () => {
    await sql`CREATE EXTENSION IF NOT EXISTS vector`.execute(db);
    await db.schema.createTable("items")
      .addColumn("id", "serial", (column) => column.primaryKey())
      .addColumn("label", "text")
      .addColumn("embedding", sql.raw(`vector(${DIMENSIONS})`))
      .addColumn("half", sql.raw(`halfvec(${DIMENSIONS})`))
      .addColumn("binary_embedding", sql.raw(`bit(${BITS})`))
      .addColumn("sparse", sql.raw(`sparsevec(${SPARSE_DIMENSIONS})`))
      .execute();
  });
  await check("inserts many rows", () =>
    db.insertInto("items").values(dense.map((row, i) => ({
      id: row.id, label: row.label, embedding: pgvector.toSql(row.value), half: pgvector.toSql(row.value),
      binary_embedding: bits[i]?.value ?? null,
      sparse: sparse[i] ? pgvector.toSql(new SparseVector(sparse[i].value)) : null,
    }))).execute());
  await check("selects the values back", async () => {
    const rows = await db.selectFrom("items").selectAll().orderBy("id").execute();
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
      await check(`searches ${type} by ${functions[metric].name}()`, async () => {
        const distance = functions[metric](column, query);
        const rows = await db.selectFrom("items").select(["id", distance.as("distance")])
          .where(column, "is not", null).orderBy(distance).limit(4).execute();
        assertRanking(rows, expected(type, metric).slice(0, 4), type);
      });
    }
  }

  for (const [type, [column, query]] of Object.entries(columns)) {
    const [metric] = metricsOf(type);
    if (!await canIndex(type, metric)) continue;
    await check(`creates an index on ${type} and searches again`, async () => {
      await db.schema.createIndex(`items_${column}`).on("items").using("hnsw")
        .expression(sql.raw(`${column} ${operatorClass(type, metric)}`)).execute();
      const rows = await db.selectFrom("items").select("id").where(column, "is not", null)
        .orderBy(functions[metric](column, query)).limit(4).execute();
      assertRanking(rows, expected(type, metric).slice(0, 4), type);
    });
  }

  await check("filters by distance", async () => {
    const rows = await db.selectFrom("items").select("id")
      .where(l2Distance("embedding", denseQuery), "<", 5)
      .orderBy(l2Distance("embedding", denseQuery)).execute();
    assertRanking(rows, expected("vector", "l2").filter((row) => row.distance < 5), "below 5");
  });
  await check("updates in a transaction and returns the vector", async () => {
    const row = await db.transaction().execute((tx) => tx.updateTable("items")
      .set({ embedding: pgvector.toSql(denseQuery) }).where("id", "=", 2)
      .returning("embedding").executeTakeFirstOrThrow());
    assertEqual(pgvector.fromSql(row.embedding), denseQuery, "update");
  });
  await check("sees the columns' types by introspection", async () => {
    const tables = await db.introspection.getTables();
    const types = tables.find((table) => table.name === "items").columns.map((column) => column.dataType);
    assertEqual(types, ["int4", "text", "vector", "halfvec", "bit", "sparsevec"], "types");
  });
  await check("a vector of other dimensions is refused", () =>
    assertRefused(() => db.insertInto("items").values({ embedding: pgvector.toSql([1, 2]) }).execute(),
      /expected 4 dimensions, not 2/, "insert"));
  await db.destroy();
});
