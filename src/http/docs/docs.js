// Swagger UI. In a demo, one click selects the token of a role.

/** A stream is shown for this time, in milliseconds, and up to this number of characters. */
const TIME = 5_000;
const LENGTH = 10_000;

const docs = SwaggerUIBundle({
  url: "../openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  tryItOutEnabled: true,
  validatorUrl: null,
  onComplete: offerTokens,
  requestInterceptor(request) {
    if (request.url.split("?")[0].endsWith("/stream")) request.userFetch = fetchBeginning;
    return request;
  },
});

/** Swagger UI shows a response when it has ended, so only the beginning of a stream is read. */
async function fetchBeginning(url, options) {
  const response = await fetch(url, options);
  if (!response.ok) return response;
  const reader = response.body.getReader();
  setTimeout(() => reader.cancel(), TIME);
  const decoder = new TextDecoder();
  let text = "";
  for (let piece = await reader.read(); !piece.done && text.length < LENGTH; piece = await reader.read()) {
    text += decoder.decode(piece.value, { stream: true });
  }
  reader.cancel();
  return new Response(text.slice(0, LENGTH), response);
}

async function offerTokens() {
  const response = await fetch("../demo/tokens");
  if (!response.ok) return;
  const line = document.getElementById("tokens");
  for (const { label, description, token } of await response.json()) {
    const button = document.createElement("button");
    button.textContent = label;
    button.title = description;
    button.addEventListener("click", () => {
      docs.preauthorizeApiKey("bearer", token);
      for (const other of line.querySelectorAll("button")) other.ariaPressed = String(other === button);
    });
    line.append(button);
  }
  line.hidden = false;
}
