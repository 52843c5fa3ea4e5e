// typeorm.mjs - TypeORM's own `vector` and `halfvec` columns, made by its
// schema synchronisation; `sparsevec` it does not know
import "reflect-metadata";
import typeorm from "typeorm";
import {
  BITS, DIMENSIONS, assertEqual, assertRanking, assertRefused, bitQuery, bits, connection, dense,
  denseQuery, expected, metrics, metricsOf, runClient,
} from "./lib.mjs";

const { DataSource, EntitySchema } = typeorm;

const entity = (dimensions) => new EntitySchema({
  name: "Item",
  tableName: "items",
  columns: {
    id: { type: Number, primary: true },
    label: { type: String },
    embedding: { type: "vector", length: dimensions, nullable: true },
    half: { type: "halfvec", length: dimensions, nullable: true },
    anyLength: { type: "vector", nullable: true },
    bits: { type: "bit", length: BITS, nullable: true },
  },
});

const open = (dimensions) => new DataSource({
  type: "postgres", host: connection.host, port: connection.port, username: connection.user,
  database: connection.database, entities: [entity(dimensions)],
}).initialize();

runClient("typeorm", async (check) => {
  let source;
  // TypeORM sends CREATE EXTENSION "vector" itself when an entity needs it.
  await check("creates the extension by itself", async () => {
    source = await open(DIMENSIONS);
    const rows = await source.query("SELECT extname FROM pg_extension WHERE extname = 'vector'");
    assertEqual(rows, [{ extname: "vector" }], "extension");
  });
  await check("creates the entity's table", () => source.synchronize());
  await check("reads the table's types back: nothing is left to synchronise", async () => {
    const { upQueries } = await source.driver.createSchemaBuilder().log();
    assertEqual(upQueries.map((query) => query.query), [], "pending changes");
  });

  const items = () => source.getRepository("Item");
  await check("saves entities with arrays", () =>
    items().save(dense.map((row, i) => ({
      id: row.id, label: row.label, embedding: row.value, half: row.value,
      anyLength: row.value.slice(0, 1 + (i % DIMENSIONS)), bits: bits[i]?.value,
    }))));
  await check("finds the values again as arrays", async () => {
    const rows = await items().find({ order: { id: "ASC" } });
    assertEqual(rows.map((row) => row.embedding), dense.map((row) => row.value), "vector");
    assertEqual(rows.map((row) => row.half), dense.map((row) => row.value), "halfvec");
    assertEqual(rows.map((row) => row.anyLength), dense.map((row, i) => row.value.slice(0, 1 + (i % DIMENSIONS))),
      "vector without dimensions");
  });

  const columns = {
    vector: ["embedding", `[${denseQuery}]`],
    halfvec: ["half", `[${denseQuery}]`],
    bit: ["bits", bitQuery],
  };
  for (const [type, [column, query]] of Object.entries(columns)) {
    for (const metric of metricsOf(type)) {
      const { op } = metrics[metric];
      await check(`searches ${type} by ${op}`, async () => {
        const rows = await items().createQueryBuilder("item").select("item.id", "id")
          .addSelect(`item.${column} ${op} :query`, "distance")
          .where(`item.${column} IS NOT NULL`)
          .orderBy("distance").setParameters({ query }).limit(4).getRawMany();
        assertRanking(rows, expected(type, metric).slice(0, 4), type);
      });
      await check(`finds entities in the order of ${type} ${op}`, async () => {
        const rows = await items().createQueryBuilder("item")
          .where(`item.${column} IS NOT NULL`)
          .orderBy(`${column} ${op} :query`).setParameters({ query }).limit(4).getMany();
        assertRanking(rows.map(({ id }) => ({ id })), expected(type, metric).slice(0, 4), type);
      });
    }
  }

  await check("updates a vector", async () => {
    await items().update({ id: 5 }, { embedding: denseQuery });
    assertEqual((await items().findOneBy({ id: 5 })).embedding, denseQuery, "update");
  });
  await check("finds by equality of a vector", async () => {
    const rows = await items().createQueryBuilder("item")
      .where("item.embedding = :query", { query: `[${dense[0].value}]` }).getMany();
    assertEqual(rows.map((row) => row.id), [1], "equal");
  });
  await check("a vector of other dimensions is refused", () =>
    assertRefused(() => items().save({ id: 100, label: "x", embedding: [1, 2] }),
      /expected 4 dimensions, not 2/, "save"));
  await check("sees that an entity's dimensions were changed, and alters the table", async () => {
    await items().clear();
    await source.destroy();
    source = await open(DIMENSIONS + 1);
    const { upQueries } = await source.driver.createSchemaBuilder().log();
    assertEqual(upQueries.some((query) => query.query.includes(`vector(${DIMENSIONS + 1})`)), true, "changes");
    await source.synchronize();
    await items().save({ id: 1, label: "ash", embedding: [...denseQuery, 1] });
  });
  await source.destroy();
});
