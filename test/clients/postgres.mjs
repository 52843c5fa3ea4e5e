// postgres.mjs - the `pgvector` package with `postgres` (Postgres.js)
import postgres from "postgres";
import pgvector, { SparseVector } from "pgvector";
import {
  BITS, DIMENSIONS, SPARSE_DIMENSIONS, assertEqual, assertRanking, assertRefused, bitQuery, bits,
  connection, dense, denseQuery, expected, metrics, metricsOf, runClient, sparse, sparseQuery,
} from "./lib.mjs";

const toSql = (row) => ({
  id: row.id,
  label: row.label,
  embedding: pgvector.toSql(row.value),
  half: pgvector.toSql(row.value),
  sparse: sparse[row.id - 1] ? pgvector.toSql(new SparseVector(sparse[row.id - 1].value)) : null,
  binary_embedding: bits[row.id - 1]?.value ?? null,
});

runClient("postgres", async (check) => {
  const sql = postgres({ ...connection, max: 2, onnotice: () => {} });

  await check("CREATE EXTENSION IF NOT EXISTS, twice", async () => {
    await sql`CREATE EXTENSION IF NOT EXISTS vector`;
    await sql`CREATE EXTENSION IF NOT EXISTS vector`;
  });
  await check("creates a table of all four types", () => sql.unsafe(
    `CREATE TABLE items (id serial PRIMARY KEY, label text, embedding vector(${DIMENSIONS}),
      half halfvec(${DIMENSIONS}), binary_embedding bit(${BITS}), sparse sparsevec(${SPARSE_DIMENSIONS}))`));
  await check("inserts many rows in one statement", async () => {
    await sql`INSERT INTO items ${sql(dense.map(toSql),
      "id", "label", "embedding", "half", "sparse", "binary_embedding")}`;
  });
  await check("reads the values back", async () => {
    const rows = await sql`SELECT * FROM items ORDER BY id`;
    assertEqual(rows.map((row) => pgvector.fromSql(row.embedding)), dense.map((row) => row.value), "vector");
    assertEqual(rows.map((row) => pgvector.fromSql(row.half)), dense.map((row) => row.value), "halfvec");
    assertEqual(rows.slice(0, sparse.length).map((row) => pgvector.fromSql(row.sparse).toArray()),
      sparse.map((row) => row.value), "sparsevec");
    assertEqual(rows.slice(0, bits.length).map((row) => row.binary_embedding),
      bits.map((row) => row.value), "bit");
  });

  const columns = {
    vector: ["embedding", pgvector.toSql(denseQuery)],
    halfvec: ["half", pgvector.toSql(denseQuery)],
    sparsevec: ["sparse", pgvector.toSql(new SparseVector(sparseQuery))],
    bit: ["binary_embedding", bitQuery],
  };
  for (const [type, [column, query]] of Object.entries(columns)) {
    for (const metric of metricsOf(type)) {
      const op = sql.unsafe(metrics[metric].op);
      await check(`searches ${type} by ${metrics[metric].op}`, async () => {
        const rows = await sql`
          SELECT id, ${sql(column)} ${op} ${query} AS distance FROM items
          WHERE ${sql(column)} IS NOT NULL ORDER BY ${sql(column)} ${op} ${query} LIMIT 4`;
        assertRanking(rows, expected(type, metric).slice(0, 4), type);
      });
    }
  }

  await check("reads in slices from a cursor", async () => {
    const seen = [];
    await sql`SELECT id FROM items ORDER BY embedding <=> ${columns.vector[1]}`.cursor(2, (rows) => {
      seen.push(...rows);
    });
    assertRanking(seen, expected("vector", "cosine"), "cursor");
  });
  await check("copies in and out by COPY as text", async () => {
    const lines = [];
    await sql`CREATE TABLE copies (id int, embedding vector(${sql.unsafe(String(DIMENSIONS))}))`;
    const input = await sql`COPY copies FROM STDIN`.writable();
    await new Promise((resolve, reject) => {
      input.on("finish", resolve).on("error", reject);
      input.end(dense.map((row) => `${row.id}\t${pgvector.toSql(row.value)}\n`).join(""));
    });
    for await (const chunk of await sql`COPY copies TO STDOUT`.readable()) lines.push(chunk.toString());
    assertEqual(lines.join("").trim().split("\n"), dense.map((row) => `${row.id}\t${pgvector.toSql(row.value)}`),
      "COPY");
  });
  await check("a transaction that fails leaves no row", async () => {
    await assertRefused(() => sql.begin(async (tx) => {
      await tx`INSERT INTO items (id, embedding) VALUES (100, ${pgvector.toSql(denseQuery)})`;
      await tx`INSERT INTO items (id, embedding) VALUES (101, ${pgvector.toSql([1])})`;
    }), /expected 4 dimensions, not 1/, "insert");
    assertEqual(await sql`SELECT count(*)::int AS n FROM items`, [{ n: dense.length }], "count");
  });
  await sql.end();
});
