// pg.mjs - the `pgvector` package with `pg` (node-postgres)
import pg from "pg";
import pgvector from "pgvector/pg";
import { SparseVector } from "pgvector";
import {
  BITS, DIMENSIONS, SPARSE_DIMENSIONS, assert, assertEqual, assertRanking, assertRefused, bitQuery, bits,
  canIndex, connection, dense, denseQuery, expected, metrics, metricsOf, operatorClass, runClient, sparse,
  sparseQuery,
} from "./lib.mjs";

runClient("pg", async (check) => {
  const client = new pg.Client(connection);
  await client.connect();
  await client.query("SET client_min_messages = warning");

  await check("CREATE EXTENSION IF NOT EXISTS, twice", async () => {
    await client.query("CREATE EXTENSION IF NOT EXISTS vector");
    await client.query("CREATE EXTENSION IF NOT EXISTS vector");
  });
  await pgvector.registerTypes(client);

  await check("creates a table of all four types", () =>
    client.query(`CREATE TABLE items (id bigserial PRIMARY KEY, label text,
      embedding vector(${DIMENSIONS}), half halfvec(${DIMENSIONS}),
      binary_embedding bit(${BITS}), sparse sparsevec(${SPARSE_DIMENSIONS}))`));

  await check("inserts vector and halfvec parameters", async () => {
    for (const row of dense) {
      await client.query("INSERT INTO items (id, label, embedding, half) VALUES ($1, $2, $3, $4)",
        [row.id, row.label, pgvector.toSql(row.value), pgvector.toSql(row.value)]);
    }
  });
  await check("updates with sparsevec parameters", async () => {
    for (const row of sparse) {
      await client.query("UPDATE items SET sparse = $2 WHERE id = $1",
        [row.id, new SparseVector(Object.fromEntries(row.entries), SPARSE_DIMENSIONS)]);
    }
  });
  await check("updates with bit parameters", async () => {
    for (const row of bits) {
      await client.query("UPDATE items SET binary_embedding = $2 WHERE id = $1", [row.id, row.value]);
    }
  });

  await check("reads the values back as registered types", async () => {
    const { rows } = await client.query("SELECT * FROM items ORDER BY id");
    assertEqual(rows.map((row) => row.embedding), dense.map((row) => row.value), "vector");
    assertEqual(rows.map((row) => row.half), dense.map((row) => row.value), "halfvec");
    assertEqual(rows.slice(0, sparse.length).map((row) => row.sparse.toArray()),
      sparse.map((row) => row.value), "sparsevec");
    assertEqual(rows.slice(0, bits.length).map((row) => row.binary_embedding),
      bits.map((row) => row.value), "bit");
  });

  const columns = {
    vector: ["embedding", pgvector.toSql(denseQuery)],
    halfvec: ["half", pgvector.toSql(denseQuery)],
    sparsevec: ["sparse", new SparseVector(sparseQuery)],
    bit: ["binary_embedding", bitQuery],
  };
  for (const [type, [column, query]] of Object.entries(columns)) {
    for (const metric of metricsOf(type)) {
      const { op } = metrics[metric];
      await check(`searches ${type} by ${op}`, async () => {
        const { rows } = await client.query(
          `SELECT id, ${column} ${op} $1 AS distance FROM items WHERE ${column} IS NOT NULL
           ORDER BY ${column} ${op} $1 LIMIT 5`, [query]);
        assertRanking(rows, expected(type, metric).slice(0, 5), `${type} ${op}`);
      });
      await check(`searches ${type} by ${op} with a named statement`, async () => {
        const statement = {
          name: `${type}-${metric}`, values: [query, 3],
          text: `SELECT id FROM items WHERE ${column} IS NOT NULL ORDER BY ${column} ${op} $1 LIMIT $2`,
        };
        // From the sixth run on the server uses its generic plan.
        for (let run = 0; run < 7; run++) {
          const { rows } = await client.query(statement);
          assertRanking(rows, expected(type, metric).slice(0, 3), `${type} ${op}`);
        }
      });
    }
  }

  for (const [type, [column, query]] of Object.entries(columns)) {
    for (const metric of metricsOf(type)) {
      if (!await canIndex(type, metric)) continue;
      const { op } = metrics[metric];
      // Has no such operator class: pgvector's ivfflat neither.
      const methods = ["l1", "jaccard"].includes(metric) || type === "sparsevec" ? ["hnsw"] : ["hnsw", "ivfflat"];
      for (const method of methods) {
        await check(`searches ${type} by ${op} with an index of ${method}`, async () => {
          await client.query("BEGIN");
          await client.query(`CREATE INDEX ON items USING ${method} (${column} ${operatorClass(type, metric)})
            WITH (${method === "hnsw" ? "m = 8, ef_construction = 32" : "lists = 1"})`);
          await client.query("SET LOCAL enable_seqscan = off");
          await client.query("SET LOCAL enable_sort = off");
          const search = `SELECT id FROM items ORDER BY ${column} ${op} $1 LIMIT 3`;
          const plan = await client.query(`EXPLAIN ${search}`, [query]);
          assert(plan.rows.some((row) => /Index Scan|TrellisKnn/.test(row["QUERY PLAN"])), "the index is not used");
          const { rows } = await client.query(search, [query]);
          await client.query("ROLLBACK");
          assertRanking(rows, expected(type, metric).slice(0, 3), `${type} ${op}`);
        });
        await client.query("ROLLBACK");
      }
    }
  }

  await check("filters by distance", async () => {
    const { rows } = await client.query(
      "SELECT id FROM items WHERE embedding <-> $1 < 5 ORDER BY embedding <-> $1", [columns.vector[1]]);
    assertRanking(rows, expected("vector", "l2").filter((row) => row.distance < 5), "below 5");
  });
  await check("averages and sums vectors", async () => {
    const { rows } = await client.query("SELECT avg(embedding), sum(embedding) FROM items");
    const total = dense[0].value.map((_, i) => dense.reduce((sum, row) => sum + row.value[i], 0));
    assertEqual(rows[0].sum, total, "sum");
    assertEqual(rows[0].avg.map((x) => x.toFixed(5)), total.map((x) => (x / dense.length).toFixed(5)), "avg");
  });
  await check("copies vectors in and out as text", async () => {
    const { rows } = await client.query("SELECT embedding::text, half::text, $1::vector(2)::text AS cast FROM items WHERE id = 1",
      ["[1.5, 2]"]);
    assertEqual(rows, [{ embedding: "[1,2,3,0.5]", half: "[1,2,3,0.5]", cast: "[1.5,2]" }], "text");
  });
  await check("a vector of other dimensions is refused", () =>
    assertRefused(() => client.query("INSERT INTO items (embedding) VALUES ($1)", [pgvector.toSql([1, 2])]),
      /expected 4 dimensions, not 2/, "insert"));
  await check("a query of other dimensions is refused", () =>
    assertRefused(() => client.query("SELECT id FROM items ORDER BY embedding <-> $1", [pgvector.toSql([1, 2])]),
      /different vector dimensions 4 and 2/, "search"));
  await client.end();
});
