// sequelize.mjs - Sequelize models with the data types and functions of
// `pgvector/sequelize`
import { DataTypes, Op, Sequelize } from "sequelize";
import pgvector from "pgvector/sequelize";
import { SparseVector } from "pgvector";
import {
  BITS, DIMENSIONS, SPARSE_DIMENSIONS, assertEqual, assertRanking, assertRefused, bitQuery, bits, canIndex,
  connection, dense, denseQuery, expected, metricsOf, operatorClass, runClient, sparse, sparseQuery,
} from "./lib.mjs";

pgvector.registerTypes(Sequelize);

const functions = {
  l2: pgvector.l2Distance, ip: pgvector.maxInnerProduct, cosine: pgvector.cosineDistance,
  l1: pgvector.l1Distance, hamming: pgvector.hammingDistance, jaccard: pgvector.jaccardDistance,
};

runClient("sequelize", async (check) => {
  const sequelize = new Sequelize({
    dialect: "postgres", logging: false, host: connection.host, port: connection.port,
    username: connection.user, database: connection.database,
  });
  await check("creates the extension", () => sequelize.query("CREATE EXTENSION IF NOT EXISTS vector"));

  const indexes = [];
  for (const [type, field, metric] of [["vector", "embedding", "l2"], ["halfvec", "half", "cosine"],
    ["bit", "binary_embedding", "hamming"], ["sparsevec", "sparse", "ip"]]) {
    if (await canIndex(type, metric)) {
      indexes.push({ fields: [field], using: "hnsw", operator: operatorClass(type, metric) });
    }
  }
  const Item = sequelize.define("Item", {
    label: DataTypes.TEXT,
    embedding: DataTypes.VECTOR(DIMENSIONS),
    half: DataTypes.HALFVEC(DIMENSIONS),
    binary: { type: `BIT(${BITS})`, field: "binary_embedding" },
    sparse: DataTypes.SPARSEVEC(SPARSE_DIMENSIONS),
  }, {
    tableName: "items", underscored: true, timestamps: false,
    indexes,
  });

  await check("creates the model's table", () => sequelize.sync({ force: true }));
  await check("inserts by bulkCreate() and create()", async () => {
    const row = (item, i) => ({
      id: item.id, label: item.label, embedding: item.value, half: item.value,
      binary: bits[i]?.value ?? null,
      sparse: sparse[i] ? new SparseVector(sparse[i].value) : null,
    });
    await Item.bulkCreate(dense.slice(1).map((item, i) => row(item, i + 1)));
    await Item.create(row(dense[0], 0));
  });
  await check("finds the values again as registered types", async () => {
    const rows = await Item.findAll({ order: ["id"] });
    assertEqual(rows.map((row) => row.embedding), dense.map((row) => row.value), "vector");
    assertEqual(rows.map((row) => row.half), dense.map((row) => row.value), "halfvec");
    assertEqual(rows.slice(0, sparse.length).map((row) => row.sparse.toArray()),
      sparse.map((row) => row.value), "sparsevec");
    assertEqual(rows.slice(0, bits.length).map((row) => row.binary), bits.map((row) => row.value), "bit");
  });

  const columns = {
    vector: ["embedding", "embedding", denseQuery],
    halfvec: ["half", "half", denseQuery],
    sparsevec: ["sparse", "sparse", new SparseVector(sparseQuery)],
    bit: ["binary_embedding", "binary", bitQuery],
  };
  for (const [type, [column, attribute, query]] of Object.entries(columns)) {
    for (const metric of metricsOf(type)) {
      await check(`searches ${type} by ${functions[metric].name}()`, async () => {
        const distance = functions[metric](column, query, sequelize);
        const rows = await Item.findAll({
          attributes: ["id", [distance, "distance"]], where: { [attribute]: { [Op.ne]: null } },
          order: distance, limit: 4, raw: true,
        });
        assertRanking(rows, expected(type, metric).slice(0, 4), type);
      });
    }
  }

  await check("filters by distance", async () => {
    const distance = functions.l2("embedding", denseQuery, sequelize);
    const rows = await Item.findAll({
      attributes: ["id"], where: sequelize.where(distance, Op.lt, 5), order: distance, raw: true,
    });
    assertRanking(rows, expected("vector", "l2").filter((row) => row.distance < 5), "below 5");
  });
  await check("updates an instance and reloads it", async () => {
    const item = await Item.findByPk(3);
    item.embedding = denseQuery;
    await item.save();
    await item.reload();
    assertEqual(item.embedding, denseQuery, "update");
  });
  await check("a vector of other dimensions is refused", () =>
    assertRefused(() => Item.create({ embedding: [1, 2] }), /expected 4 dimensions, not 2/, "create"));
  await sequelize.close();
});
