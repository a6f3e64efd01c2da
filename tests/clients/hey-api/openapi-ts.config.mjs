export default {
  input: "../../../openapi/openapi.json",
  output: { path: "api", module: { extension: ".js" } },
  plugins: ["@hey-api/client-fetch", "@hey-api/typescript", "@hey-api/sdk"],
};
