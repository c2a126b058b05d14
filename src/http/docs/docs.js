// The documentation to try out. In a demo, one click uses a token of a role.

const docs = SwaggerUIBundle({
  url: "../openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  tryItOutEnabled: true,
  validatorUrl: null,
  onComplete: offerTokens,
});

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
