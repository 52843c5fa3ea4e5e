// drizzle-orm.mjs - drizzle's own vector columns and distance functions, with
// both of its drivers, `pg` and `postgres`
import pg from "pg";
import postgres from "postgres";
import {
  cosineDistance, eq, getTableColumns, getTableName, gt, hammingDistance, innerProduct, isNotNull,
  jaccardDistance, l1Distance, l2Distance, lt, desc, sql,
} from "drizzle-orm";
import { drizzle as drizzlePg } from "drizzle-orm/node-postgres";
import { drizzle as drizzlePostgres } from "drizzle-orm/postgres-js";
import { bit, halfvec, pgTable, serial, sparsevec, text, vector } from "drizzle-orm/pg-core";
import { SparseVector } from "pgvector";
import {
  BITS, DIMENSIONS, SPARSE_DIMENSIONS, assertEqual, assertRanking, assertRefused, bitQuery, bits,
  connection, dense, denseQuery, expected, metricsOf, runClient, sparse, sparseQuery,
} from "./lib.mjs";

const defineTable = (name) => pgTable(name, {
  id: serial("id").primaryKey(),
  label: text("label"),
  embedding: vector("embedding", { dimensions: DIMENSIONS }),
  half: halfvec("half", { dimensions: DIMENSIONS }),
  binaryEmbedding: bit("binary_embedding", { dimensions: BITS }),
  sparse: sparsevec("sparse", { dimensions: SPARSE_DIMENSIONS }),
});

// What drizzle's migrations write: each column's own SQL type.
const createTable = (table) => {
  const columns = Object.values(getTableColumns(table))
    .map((column) => `"${column.name}" ${column.getSQLType()}${column.primary ? " PRIMARY KEY" : ""}`);
  return sql.raw(`CREATE TABLE "${getTableName(table)}" (${columns.join(", ")})`);
};

const functions = {
  l2: l2Distance, ip: innerProduct, cosine: cosineDistance, l1: l1Distance,
  hamming: hammingDistance, jaccard: jaccardDistance,
};

async function testDriver(driver, db, check) {
  const items = defineTable(`items_${driver}`);
  await check(`${driver}: creates the extension and a table`, async () => {
    await db.execute(sql`CREATE EXTENSION IF NOT EXISTS vector`);
    await db.execute(createTable(items));
  });
  await check(`${driver}: inserts arrays, bit strings and sparse vectors`, () =>
    db.insert(items).values(dense.map((row, i) => ({
      id: row.id, label: row.label, embedding: row.value, half: row.value,
      binaryEmbedding: bits[i]?.value,
      sparse: sparse[i] && new SparseVector(sparse[i].value).toPostgres(),
    }))));
  await check(`${driver}: selects the values back`, async () => {
    const rows = await db.select().from(items).orderBy(items.id);
    assertEqual(rows.map((row) => row.embedding), dense.map((row) => row.value), "vector");
    assertEqual(rows.map((row) => row.half), dense.map((row) => row.value), "halfvec");
    assertEqual(rows.slice(0, bits.length).map((row) => row.binaryEmbedding), bits.map((row) => row.value), "bit");
    assertEqual(rows.slice(0, sparse.length).map((row) => new SparseVector(row.sparse).toArray()),
      sparse.map((row) => row.value), "sparsevec");
  });

  const columns = {
    vector: [items.embedding, denseQuery],
    halfvec: [items.half, denseQuery],
    sparsevec: [items.sparse, new SparseVector(sparseQuery).toPostgres()],
    bit: [items.binaryEmbedding, bitQuery],
  };
  for (const [type, [column, query]] of Object.entries(columns)) {
    for (const metric of metricsOf(type)) {
      await check(`${driver}: searches ${type} by ${functions[metric].name}()`, async () => {
        const distance = functions[metric](column, query);
        const rows = await db.select({ id: items.id, distance }).from(items)
          .where(isNotNull(column)).orderBy(distance).limit(4);
        assertRanking(rows, expected(type, metric).slice(0, 4), type);
      });
    }
  }

  await check(`${driver}: searches by similarity, descending, above a threshold`, async () => {
    const similarity = sql`1 - (${cosineDistance(items.embedding, denseQuery)})`;
    const rows = await db.select({ id: items.id, similarity }).from(items)
      .where(gt(similarity, 0.5)).orderBy(desc(similarity));
    assertRanking(rows.map((row) => ({ id: row.id, distance: 1 - row.similarity })),
      expected("vector", "cosine").filter((row) => 1 - row.distance > 0.5), "similarity");
  });
  await check(`${driver}: searches by the vector of another row`, async () => {
    const subquery = db.select({ embedding: items.embedding }).from(items).where(eq(items.id, 3));
    const rows = await db.select({ id: items.id }).from(items).orderBy(l2Distance(items.embedding, subquery));
    assertRanking(rows, expected("vector", "l2", { query: dense[2].value }), "subquery");
  });
  await check(`${driver}: filters by distance in a prepared query`, async () => {
    const near = db.select({ id: items.id }).from(items)
      .where(lt(l2Distance(items.embedding, denseQuery), sql.placeholder("limit")))
      .orderBy(l2Distance(items.embedding, denseQuery)).prepare(`near_${driver}`);
    for (const limit of [3, 5, 100]) {
      assertRanking(await near.execute({ limit }),
        expected("vector", "l2").filter((row) => row.distance < limit), `below ${limit}`);
    }
  });
  await check(`${driver}: updates and returns a vector`, async () => {
    const rows = await db.update(items).set({ embedding: denseQuery, half: denseQuery }).where(eq(items.id, 4))
      .returning({ embedding: items.embedding, half: items.half });
    assertEqual(rows, [{ embedding: denseQuery, half: denseQuery }], "update");
  });
  await check(`${driver}: a vector of other dimensions is refused`, () =>
    assertRefused(() => db.insert(items).values({ id: 100, embedding: [1, 2] }),
      /expected 4 dimensions, not 2/, "insert"));
}

runClient("drizzle-orm", async (check) => {
  const pool = new pg.Pool(connection);
  await testDriver("pg", drizzlePg(pool), check);
  await pool.end();
  const client = postgres({ ...connection, max: 2, onnotice: () => {} });
  await testDriver("postgres", drizzlePostgres(client), check);
  await client.end();
});
