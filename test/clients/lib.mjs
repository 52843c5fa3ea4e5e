// lib.mjs - what the tests of clients share: data, expected answers, reporting
//
// The data are four small tables, one per type. Every number is a multiple of
// 1/4 below 8, so that it is exact as text, float4 and half precision; each
// query has a different distance to every row of its table under every metric
// (the constructor of `expected` checks that), so there is one right order.
// Distances are computed here in double precision, apart from any server.

export const DIMENSIONS = 4;
export const SPARSE_DIMENSIONS = 12;
export const BITS = 16;

export const dense = [
  { id: 1, label: "ash", value: [1, 2, 3, 0.5] },
  { id: 2, label: "beech", value: [-1.5, 0.25, 4, 2] },
  { id: 3, label: "cedar", value: [0.5, 0.5, -2.75, 1] },
  { id: 4, label: "elm", value: [3, -3.25, 0, 0.75] },
  { id: 5, label: "fir", value: [2, 4.5, 6, 1] },
  { id: 6, label: "hazel", value: [-0.25, -4, 1.5, -2] },
  { id: 7, label: "larch", value: [5, 1.75, 0.5, -1.25] },
];
export const denseQuery = [1.25, 1, 2.5, 0.25];

const densify = (entries) => {
  const value = Array(SPARSE_DIMENSIONS).fill(0);
  for (const [index, element] of entries) value[index] = element;
  return value;
};
// Pairs of a 0-based index and an element.
export const sparse = [
  { id: 1, label: "ash", entries: [[0, 1.5], [3, 2], [11, 0.5]] },
  { id: 2, label: "beech", entries: [[1, -2], [3, 0.75]] },
  { id: 3, label: "cedar", entries: [[0, 3], [2, 1], [7, -1.25], [10, 4]] },
  { id: 4, label: "elm", entries: [[3, 1], [4, -0.5], [11, 2.25]] },
  { id: 5, label: "fir", entries: [[0, -1], [11, 3.5]] },
].map((row) => ({ ...row, value: densify(row.entries) }));
export const sparseQuery = densify([[0, 1], [3, 1.25], [7, 0.5], [11, 1]]);

export const bits = [
  { id: 1, label: "ash", value: "1111000000000000" },
  { id: 2, label: "beech", value: "1111111100000000" },
  { id: 3, label: "cedar", value: "1100000000000011" },
  { id: 4, label: "elm", value: "1000111011101101" },
  { id: 5, label: "fir", value: "0000000010111110" },
];
export const bitQuery = "1111011100000001";

const tables = {
  vector: { rows: dense, query: denseQuery },
  halfvec: { rows: dense, query: denseQuery },
  sparsevec: { rows: sparse, query: sparseQuery },
  bit: { rows: bits, query: bitQuery },
};

const sum = (a, b, f) => a.reduce((total, x, i) => total + f(x, b[i]), 0);
const dot = (a, b) => sum(a, b, (x, y) => x * y);
const both = (a, b, f) => sum([...a], [...b], (x, y) => (f(x === "1", y === "1") ? 1 : 0));

export const rowsOf = (type) => tables[type].rows;
export const queryOf = (type) => tables[type].query;

// Metric -> operator and distance; the smaller, the nearer.
export const metrics = {
  l2: { op: "<->", distance: (a, b) => Math.sqrt(sum(a, b, (x, y) => (x - y) ** 2)) },
  ip: { op: "<#>", distance: (a, b) => -dot(a, b) },
  cosine: { op: "<=>", distance: (a, b) => 1 - dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b)) },
  l1: { op: "<+>", distance: (a, b) => sum(a, b, (x, y) => Math.abs(x - y)) },
  hamming: { op: "<~>", distance: (a, b) => both(a, b, (x, y) => x !== y) },
  jaccard: {
    op: "<%>",
    distance: (a, b) => 1 - both(a, b, (x, y) => x && y) / both(a, b, (x, y) => x || y),
  },
};
export const vectorMetrics = ["l2", "ip", "cosine", "l1"];
export const bitMetrics = ["hamming", "jaccard"];
export const metricsOf = (type) => (type === "bit" ? bitMetrics : vectorMetrics);

// The rows of a type's table in the order of their distance, nearest first,
// as {id, label, value, distance}.
export function expected(type, metric, { filter = () => true, query } = {}) {
  const table = tables[type];
  const answer = table.rows
    .filter(filter)
    .map((row) => ({ ...row, distance: metrics[metric].distance(row.value, query ?? table.query) }))
    .sort((a, b) => a.distance - b.distance);
  for (let i = 1; i < answer.length; i++) {
    if (answer[i].distance - answer[i - 1].distance < 1e-3) {
      throw new Error(`the data of ${type} have a near-tie under ${metric}`);
    }
  }
  return answer;
}

export function assert(condition, message) {
  if (!condition) throw new Error(message);
}

export function assertEqual(got, wanted, what) {
  const left = JSON.stringify(got);
  const right = JSON.stringify(wanted);
  assert(left === right, `${what}: got ${left}, expected ${right}`);
}

// A distance comes from float4 sums; the data leave only the last bits open.
export function assertClose(got, wanted, what) {
  assert(typeof got === "number" && Math.abs(got - wanted) <= 1e-6 * Math.max(1, Math.abs(wanted)),
    `${what}: got ${JSON.stringify(got)}, expected ${wanted}`);
}

// Runs a call that must be refused; its error must match the pattern. Wrapped
// errors count: what matters is that the server's message reaches the user.
export async function assertRefused(call, pattern, what) {
  let error;
  try {
    await call();
  } catch (caught) {
    error = caught;
  }
  assert(error, `${what}: was not refused`);
  const seen = [];
  for (let e = error; e && seen.length < 5; e = e.cause ?? e.parent) seen.push(e.message);
  assert(seen.some((message) => pattern.test(message)), `${what}: refused with ${JSON.stringify(seen)}`);
}

// Compares rows that a client returned with the expected ones: the order of
// the ids, and the distances where the rows have one (as number or numeral).
export function assertRanking(got, wanted, what) {
  assertEqual(got.map((row) => Number(row.id)), wanted.map((row) => row.id), `${what}, order`);
  got.forEach((row, i) => {
    if ("distance" in row) assertClose(Number(row.distance), wanted[i].distance, `${what}, row ${row.id}`);
  });
}

// Whether the clients create indexes, by their own means, and search again.
export const withIndexes = process.env.CLIENT_INDEXES !== "0";

// Names of the operator classes, by type and metric.
export const operatorClass = (type, metric) => `${type}_${metric}_ops`;

// The server that run.sh started; each client has a database of its own.
export const connection = {
  host: process.env.PGHOST,
  port: Number(process.env.PGPORT ?? 5432),
  user: process.env.PGUSER ?? "postgres",
  database: process.env.PGDATABASE,
};

// Operator classes by which a version of trellis may lack an index; all others
// must work.
const optionalClass = (type, metric) => type === "sparsevec" || ["l1", "jaccard"].includes(metric);

// Whether an index by this class can be tested. Where it may be lacking, the
// server is asked for one; if it refuses, as trellis says it, a notice names
// what is left out.
export async function canIndex(type, metric) {
  if (!withIndexes) return false;
  if (!optionalClass(type, metric)) return true;
  const { default: pg } = await import("pg");
  const client = new pg.Client(connection);
  await client.connect();
  try {
    await client.query(`CREATE TEMP TABLE asked (value ${type}(4))`);
    await client.query(`CREATE INDEX ON asked USING hnsw (value ${operatorClass(type, metric)})`);
    return true;
  } catch (error) {
    if (error.code !== "0A000" || !error.message.startsWith("this version of trellis cannot build")) throw error;
    console.log(`notice: no index by ${operatorClass(type, metric)} to test: ${error.message}`);
    return false;
  } finally {
    await client.end();
  }
}

// Makes a further database where the extension stands in a schema of its own,
// as some hosts and frameworks want it, and returns how to connect to it.
// CASCADE is the administrator's part: it brings what the extension requires.
export async function databaseWithExtensionIn(schema, searchPath = "public") {
  const { default: pg } = await import("pg");
  const database = `${connection.database}_${schema}`;
  const run = async (where, ...statements) => {
    const client = new pg.Client(where);
    await client.connect();
    for (const statement of statements) await client.query(statement);
    await client.end();
  };
  await run(connection, `DROP DATABASE IF EXISTS "${database}"`, `CREATE DATABASE "${database}" TEMPLATE template0`);
  await run({ ...connection, database }, `CREATE SCHEMA "${schema}"`,
    `CREATE EXTENSION vector SCHEMA "${schema}" CASCADE`,
    `ALTER DATABASE "${database}" SET search_path = ${searchPath}`);
  return { ...connection, database };
}

// Runs one client's test and reports in the form that run_tests.sh counts.
// The body gets check(what, function); a failed check does not stop the later
// ones, an error outside of checks does.
export async function runClient(name, body) {
  let passed = 0;
  let failed = 0;
  const report = (what, error) => {
    failed++;
    console.log(`not ok - ${name}: ${what}`);
    for (let e = error; e; e = e.cause ?? e.parent) {
      console.log(`#   ${String(e.stack ?? e).split("\n").slice(0, 4).join("\n#   ")}`);
    }
  };
  const check = async (what, call) => {
    try {
      await call();
      passed++;
      console.log(`ok - ${name}: ${what}`);
    } catch (error) {
      report(what, error);
    }
  };
  try {
    await body(check);
  } catch (error) {
    report("ran to its end", error);
  }
  if (passed + failed === 0) report("ran a check", new Error("no check was run"));
  // Pools and sockets that a client forgot must not keep the process alive.
  process.exit(failed === 0 ? 0 : 1);
}
