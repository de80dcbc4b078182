// Starts Swagger UI on /docs. Everything comes from this server: no validator, no fonts, no other origin.
"use strict";

const RENEW_MS = 10 * 60 * 1000; // a token lives 15 minutes

// Development only: the page then has a place for the buttons.
function offerDevelopmentTokens(ui, place) {
  let chosen = null;
  const state = document.createElement("output");
  const buttons = new Map();

  async function authorize() {
    const answer = await fetch("/docs/development-tokens");
    if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
    const { tokens } = await answer.json();
    const found = tokens.find((entry) => entry.role === chosen);
    ui.preauthorizeApiKey("token", found.token);
    for (const [role, button] of buttons) button.setAttribute("aria-pressed", String(role === chosen));
    state.textContent = `Requests are sent as the ${found.role} ${found.subject}.`;
  }

  function tell(error) {
    state.textContent = `No token: ${error.message}. Is 'bursar up' still running?`;
  }

  place.append("Use the development token of the");
  for (const role of ["customer", "service", "analyst"]) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = role;
    button.setAttribute("aria-pressed", "false");
    button.addEventListener("click", () => {
      chosen = role;
      authorize().catch(tell);
    });
    buttons.set(role, button);
    place.append(button);
  }
  place.append(state);
  setInterval(() => {
    if (chosen) authorize().catch(tell);
  }, RENEW_MS);
}

// Swagger UI is dark below this class; the system's wish decides, also when it changes.
function followColorScheme() {
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const apply = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
  dark.addEventListener("change", apply);
  apply();
}

followColorScheme();
window.addEventListener("load", () => {
  window.ui = SwaggerUIBundle({
    url: "/openapi.json",
    dom_id: "#swagger-ui",
    deepLinking: true,
    displayRequestDuration: true,
    docExpansion: "list",
    defaultModelsExpandDepth: 0,
    validatorUrl: null,
    presets: [SwaggerUIBundle.presets.apis],
    layout: "BaseLayout",
  });
  const place = document.getElementById("development");
  if (place) offerDevelopmentTokens(window.ui, place);
});
