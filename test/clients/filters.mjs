// filters.mjs - metadata filters as LangChain, LlamaIndex and Mastra write
// them, on tables with an ivf index that keeps the filtered members beside the
// vectors: answers are right and complete, and the plan of the very statement
// that the client sent tests them in the index ("Lane Filter")
import pg from "pg";
import { Embeddings } from "@langchain/core/embeddings";
import { Document as LangChainDocument } from "@langchain/core/documents";
import { PGVectorStore as LangChainStore } from "@langchain/community/vectorstores/pgvector";
import { Document as LlamaDocument } from "@llamaindex/core/schema";
import { FilterCondition, FilterOperator, VectorStoreQueryMode } from "@llamaindex/core/vector-store";
import { PGVectorStore as LlamaStore } from "@llamaindex/postgres";
import { PgVector } from "@mastra/pg";
import { assert, assertClose, assertEqual, connection, metrics, runClient, withIndexes } from "./lib.mjs";

const DIMENSIONS = 8;
const ROWS = 3000;
const K = 10;
const LANGUAGES = ["de", "en", "fr", "it", "ja"];

// The same numbers in every run, exact in float4.
let seed = 12345;
const random = () => {
  seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff;
  return (seed >> 15) / 2 ** 14 - 2;
};
const vector = () => Array.from({ length: DIMENSIONS }, random);
const uuid = (id) => `00000000-0000-4000-8000-${String(id).padStart(12, "0")}`;
const query = vector();
// Three rows have a language of their own, fewer than are asked for; one in 50
// rows has none.
const rows = Array.from({ length: ROWS }, (_, id) => ({
  id,
  value: vector(),
  metadata: {
    number: id, tenant: `t${id % 40}`,
    ...(id % 50 === 0 ? {} : { lang: id % 1000 === 7 ? "la" : LANGUAGES[id % 7 % 5] }),
  },
}));

const nearest = (keeps) => rows.filter(({ metadata }) => keeps(metadata))
  .map(({ id, value }) => ({ id, distance: metrics.cosine.distance(value, query) }))
  .sort((a, b) => a.distance - b.distance).slice(0, K);

// As many rows as there are, all kept by the filter, at the right distances.
function assertNearest(got, keeps, what) {
  const wanted = nearest(keeps);
  assertEqual(got.length, wanted.length, `${what}, rows`);
  assertEqual(new Set(got.map(({ id }) => id)).size, got.length, `${what}, different rows`);
  got.forEach(({ id, distance }, i) => {
    assert(keeps(rows[id].metadata), `${what}: row ${id} does not pass`);
    assertClose(distance, wanted[i].distance, `${what}, distance ${i}`);
  });
}

// What the clients send, of which the searches are explained again.
const sent = [];
const { query: send } = pg.Client.prototype;
pg.Client.prototype.query = function record(config, values, ...rest) {
  const text = typeof config === "string" ? config : config?.text;
  if (text !== undefined) sent.push({ text, values: Array.isArray(values) ? values : config?.values });
  return send.call(this, config, values, ...rest);
};

async function planOf(admin, searched, name) {
  const search = searched.findLast(({ text }) => /<=>/.test(text) && /\bSELECT\b/i.test(text));
  assert(search !== undefined, `${name}: no search was sent`);
  const { rows: lines } = await send.call(admin, `EXPLAIN (COSTS OFF) ${search.text}`, search.values);
  return lines.map((line) => line["QUERY PLAN"]).join("\n");
}

// One client: its searches without an index, then with one. "lanes" says what
// the index decides of a filter as the client writes it; undefined: nothing, so
// that the plan is open. "columns" are further ones that it keeps.
async function testClient(admin, name, check, { table, column, columns, search, cases, withIvf }) {
  const searchAll = async (what, planned) => {
    for (const { filter, keeps, lanes } of cases) {
      const title = `${name}, ${what}: ${JSON.stringify(filter)}`;
      await check(title, async () => {
        sent.length = 0;
        const got = await search(filter);
        const searched = [...sent];
        assertNearest(got, keeps, title);
        if (!planned || lanes === undefined) return;
        const plan = await planOf(admin, searched, title);
        assert(/Custom Scan \(TrellisKnn\)/.test(plan), `not the node:\n${plan}`);
        assert(lanes.test(/Lane Filter: (.*)/.exec(plan)?.[1] ?? ""), `not in the index:\n${plan}`);
      });
    }
  };
  await searchAll("no index", false);
  if (!withIvf) return;
  const filtered = ["(metadata->>'lang')", "(metadata->>'tenant')", ...columns];
  await admin.query(`CREATE INDEX ON ${table} USING ivf (${column} vector_cosine_ops, ${filtered.join(", ")})`);
  await admin.query(`ANALYZE ${table}`);
  await searchAll("ivf", true);
}

class NoEmbeddings extends Embeddings {
  constructor() {
    super({});
  }
  async embedQuery() {
    throw new Error("no text should be embedded");
  }
}

async function testLangChain(admin, check, withIvf) {
  const store = await LangChainStore.initialize(new NoEmbeddings(), {
    postgresConnectionOptions: connection, tableName: "langchain", distanceStrategy: "cosine", dimensions: DIMENSIONS,
  });
  await store.addVectors(rows.map(({ value }) => value),
    rows.map(({ id, metadata }) => new LangChainDocument({ pageContent: `row ${id}`, metadata })),
    { ids: rows.map(({ id }) => uuid(id)) });
  await testClient(admin, "LangChain", check, {
    table: "langchain", column: "embedding", columns: [], withIvf,
    search: async (filter) => (await store.similaritySearchVectorWithScore(query, K, filter))
      .map(([{ metadata }, distance]) => ({ id: metadata.number, distance })),
    cases: [
      { filter: {}, keeps: () => true },
      { filter: { lang: "de" }, keeps: ({ lang }) => lang === "de", lanes: /lang.*= 'de'/ },
      { filter: { lang: "la" }, keeps: ({ lang }) => lang === "la", lanes: /lang.*= 'la'/ },
      { filter: { lang: "xx" }, keeps: () => false, lanes: /lang.*= 'xx'/ },
      { filter: { tenant: "t7", lang: "it" }, keeps: ({ tenant, lang }) => tenant === "t7" && lang === "it", lanes: /(?=.*'t7')(?=.*'it')/ },
      { filter: { lang: { in: ["fr", "la"] } }, keeps: ({ lang }) => ["fr", "la"].includes(lang), lanes: /= ANY \('{fr,la}'/ },
      { filter: { tenant: "t3", number: { gt: 500, lte: 2000 } },
        keeps: ({ tenant, number }) => tenant === "t3" && number > 500 && number <= 2000, lanes: /'t3'/ },
      { filter: { lang: { neq: "de" }, tenant: "t8" }, keeps: ({ tenant, lang }) => tenant === "t8" && lang !== "de", lanes: /'t8'/ },
      { filter: { lang: { notIn: ["de", "en"] } }, keeps: ({ lang }) => lang && lang !== "de" && lang !== "en" },
    ],
  });
  await store.end();
}

async function testLlamaIndex(admin, check, withIvf) {
  const client = new pg.Client(connection);
  await client.connect();
  const store = new LlamaStore({
    dimensions: DIMENSIONS, client, shouldConnect: false, tableName: "llamaindex",
    embeddingModel: { getTextEmbedding: () => { throw new Error("no text should be embedded"); } },
  });
  for (let i = 0; i < ROWS; i += 500) {
    await store.add(rows.slice(i, i + 500).map(({ id, value, metadata }) => (
      new LlamaDocument({ id_: uuid(id), text: `row ${id}`, embedding: value, metadata }))));
  }
  const { EQ, GT, IN, IS_EMPTY, TEXT_MATCH } = FilterOperator;
  const is = (key, operator, value) => ({ key, operator, value });
  await testClient(admin, "LlamaIndex", check, {
    table: "llamaindex", column: "embeddings", columns: ["collection"], withIvf,
    search: async (filters) => {
      const result = await store.query({ queryEmbedding: query, similarityTopK: K, mode: VectorStoreQueryMode.DEFAULT, filters });
      return result.nodes.map((node, i) => ({ id: node.metadata.number, distance: 1 - result.similarities[i] }));
    },
    cases: [
      { filter: undefined, keeps: () => true, lanes: /collection.* = 'data'/ },
      { filter: { filters: [is("lang", EQ, "de")] }, keeps: ({ lang }) => lang === "de", lanes: /lang.*= 'de'/ },
      { filter: { filters: [is("lang", EQ, "la")] }, keeps: ({ lang }) => lang === "la", lanes: /lang.*= 'la'/ },
      { filter: { filters: [is("lang", IN, ["fr", "la"])] }, keeps: ({ lang }) => ["fr", "la"].includes(lang), lanes: /= ANY \('{fr,la}'/ },
      { filter: { condition: FilterCondition.AND, filters: [is("lang", EQ, "it"), is("tenant", EQ, "t7")] },
        keeps: ({ tenant, lang }) => tenant === "t7" && lang === "it", lanes: /(?=.*'t7')(?=.*'it')/ },
      { filter: { condition: FilterCondition.OR, filters: [is("lang", EQ, "la"), is("tenant", EQ, "t9")] },
        keeps: ({ tenant, lang }) => tenant === "t9" || lang === "la", lanes: /'la'.* OR .*'t9'/ },
      { filter: { condition: FilterCondition.AND, filters: [is("tenant", EQ, "t3"), is("number", GT, 500)] },
        keeps: ({ tenant, number }) => tenant === "t3" && number > 500, lanes: /'t3'/ },
      { filter: { filters: [is("lang", TEXT_MATCH, "a")] }, keeps: ({ lang }) => lang?.includes("a") },
      { filter: { filters: [is("lang", IS_EMPTY)] }, keeps: ({ lang }) => lang === undefined },
    ],
  });
  await client.end();
}

async function testMastra(admin, check, withIvf) {
  const indexName = "mastra";
  const store = new PgVector({ id: indexName, ...connection, password: "none is asked for" });
  await store.createIndex({ indexName, dimension: DIMENSIONS, metric: "cosine", indexConfig: { type: "flat" } });
  await store.upsert({
    indexName, ids: rows.map(({ id }) => uuid(id)), vectors: rows.map(({ value }) => value),
    metadata: rows.map(({ metadata }) => metadata),
  });
  await testClient(admin, "Mastra", check, {
    table: indexName, column: "embedding", columns: ["namespace"], withIvf,
    search: async (filter) => (await store.query({ indexName, queryVector: query, topK: K, filter }))
      .map(({ metadata, score }) => ({ id: metadata.number, distance: 1 - score })),
    cases: [
      { filter: undefined, keeps: () => true, lanes: /namespace.* = 'default'/ },
      { filter: { lang: "de" }, keeps: ({ lang }) => lang === "de", lanes: /lang.*= 'de'/ },
      { filter: { lang: "la" }, keeps: ({ lang }) => lang === "la", lanes: /lang.*= 'la'/ },
      { filter: { lang: null }, keeps: ({ lang }) => lang === undefined, lanes: /lang.*IS NULL/ },
      { filter: { lang: "it", tenant: "t7" }, keeps: ({ tenant, lang }) => tenant === "t7" && lang === "it", lanes: /(?=.*'t7')(?=.*'it')/ },
      { filter: { $or: [{ lang: "la" }, { tenant: "t9" }] }, keeps: ({ tenant, lang }) => tenant === "t9" || lang === "la", lanes: /'la'.* OR .*'t9'/ },
      { filter: { tenant: "t3", number: { $gt: 500 } }, keeps: ({ tenant, number }) => tenant === "t3" && number > 500, lanes: /'t3'/ },
      // written as CASE WHEN jsonb_typeof(...), which the row is tested for
      { filter: { lang: { $in: ["fr", "la"] } }, keeps: ({ lang }) => ["fr", "la"].includes(lang) },
    ],
  });
  await store.disconnect();
}

runClient("metadata filters", async (check) => {
  // All lists are probed, so that answers are exact however few rows pass; and
  // so small a table would often be read as a whole. pg reads this variable
  // wherever a client makes its connection.
  process.env.PGOPTIONS = "-c trellis.ivf_probes=100000 -c enable_seqscan=off";
  const admin = new pg.Client(connection);
  await admin.connect();
  const { rows: [{ ivf }] } = await admin.query("SELECT count(*) > 0 AS ivf FROM pg_am WHERE amname = 'ivf'");
  if (!ivf) console.log("notice: no access method ivf to test filter columns with");
  for (const test of [testLangChain, testLlamaIndex, testMastra]) await test(admin, check, ivf && withIndexes);
  await admin.end();
});
