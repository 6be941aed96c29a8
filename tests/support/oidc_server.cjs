// oidc-provider with one client: introspection, revocation and client credentials. Arguments: port, client secret, module.
const [port, secret, where] = process.argv.slice(2);
import(where).then(({ Provider, default: Default }) => {
  const Made = Provider || Default;
  const provider = new Made(`http://127.0.0.1:${port}`, {
    clients: [{ client_id: "shop", client_secret: secret, grant_types: ["client_credentials"], redirect_uris: [], response_types: [] }],
    features: { clientCredentials: { enabled: true }, introspection: { enabled: true }, revocation: { enabled: true }, devInteractions: { enabled: false } },
  });
  provider.listen(Number(port), "127.0.0.1");
});
