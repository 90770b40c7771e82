// The browser's passkeys, as promises of JSON text: what our forms carry.

export const able = () =>
  window.isSecureContext &&
  "PublicKeyCredential" in window &&
  "parseRequestOptionsFromJSON" in PublicKeyCredential;

export const ableToAutofill = async () =>
  able() && (await PublicKeyCredential.isConditionalMediationAvailable?.()) === true;

async function optionsFrom(address) {
  const answer = await fetch(address, { method: "POST", headers: { Accept: "application/json" } });
  if (!answer.ok) {
    const said = await answer.json().catch(() => ({}));
    throw new Error(said.refused?.[0]?.sentence ?? said.error ?? "");
  }
  return answer.json();
}

export async function create(address) {
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(await optionsFrom(address));
  return JSON.stringify(await navigator.credentials.create({ publicKey }));
}

export async function get(address, signal, mediation = "optional") {
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(await optionsFrom(address));
  return JSON.stringify(await navigator.credentials.get({ publicKey, signal, mediation }));
}
