// The window of the mapping wizard. It decides nothing: every control sends a message, and what is shown is the state
// that Python answers with. Texts of the file are set as text, never as HTML.

function make(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "class") node.className = value;
    else node.setAttribute(name, value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

function visible(text) {
  return text.replace(/^ +| +$/g, (blanks) => "␣".repeat(blanks.length));
}

function option(value, label, chosen) {
  const node = make("option", { value }, label);
  node.selected = value === chosen;
  return node;
}

function group(label, options) {
  return make("optgroup", { label }, ...options);
}

// A file may have thousands of columns: the choices of a column are made when somebody comes to it.
function fillChoices(select, column, fields) {
  const shown = column.field;
  const known = new Set(column.candidates.map(([field]) => field));
  const how = column.custom || (column.by_hand ? "by hand" : column.score.toFixed(2));
  const suggested = column.candidates.map(([field, score]) => option(field, `${field} (${score.toFixed(2)})`, shown));
  select.replaceChildren(
    option("", "leave out", shown),
    ...(shown ? [group("Now", [option(shown, `${shown} (${how})`, shown)])] : []),
    ...(suggested.length ? [group("Suggested", suggested)] : []),
    ...(column.custom ? [] : [group("A field of your own", [option("(own)", "new field", shown)])]),
    group("Other fields", fields.filter((f) => f !== shown && !known.has(f)).map((f) => option(f, f, shown))),
  );
  select.dataset.full = "yes";
}

function showChoice(select, column) {
  const label = column.custom ? `${column.field} (new)` : column.field || "leave out";
  select.replaceChildren(option(column.field, label, column.field));
  delete select.dataset.full;
}

function row(table, column, fields, send) {
  const select = make("select", { "aria-label": `Field for the column ${column.column} in ${table}` });
  const cells = {
    score: make("td", { class: "score" }),
    examples: make("td", { class: "examples" }),
    why: make("td", {}),
  };
  const node = make("tr", {}, make("th", { scope: "row" }, column.column), make("td", {}, select), ...Object.values(cells));
  let now = column;
  const fill = () => select.dataset.full || fillChoices(select, now, fields);
  select.addEventListener("focus", fill);
  select.addEventListener("pointerdown", fill);
  select.addEventListener("change", () => send({ do: "choose", table, column: now.column, field: select.value }));

  function update(next) {
    now = next;
    node.className = now.field ? "" : "out";
    if (select.dataset.full && document.activeElement === select) fillChoices(select, now, fields);
    else showChoice(select, now);
    const percent = Math.round(now.score * 100);
    const bar = make("span", { class: now.score >= 0.75 ? "fill" : "fill weak", style: `width:${percent}%` });
    cells.score.replaceChildren(
      ...(now.field && now.by_hand
        ? ["by hand"]
        : now.field
        ? [make("span", { class: "track", "aria-hidden": "true" }, bar), now.score.toFixed(2)]
        : [make("span", { class: "soft" }, "–")]),
    );
    cells.examples.replaceChildren(
      ...now.examples.map(([before, after]) =>
        make(
          "div",
          {},
          make("code", {}, visible(before)),
          before === after ? "" : " → ",
          before === after ? "" : after === null ? make("span", { class: "gone" }, "nothing") : make("code", {}, after),
        ),
      ),
    );
    const reasons = now.options ? [...now.reasons, `read with ${now.options}`] : now.reasons;
    const open = cells.why.querySelector("details")?.open;
    const details = make(
      "details",
      {},
      make("summary", { "aria-label": `Reasons for the column ${now.column}` }, "why"),
      make("ul", {}, ...reasons.map((reason) => make("li", {}, reason))),
    );
    details.open = Boolean(open);
    cells.why.replaceChildren(
      ...(now.conflict ? [make("p", { class: "conflict" }, now.conflict)] : []),
      ...(reasons.length ? [details] : []),
    );
  }
  update(column);
  return { node, update };
}

function render({ model, el }) {
  const root = make("section", { class: "sl-mapping", "aria-label": "Mapping of a source" });
  const send = (message) => {
    status.textContent = message.do === "count" ? "Counting …" : "Working …";
    root.setAttribute("aria-busy", "true");
    model.send(message);
  };
  const headline = make("p", {});
  const statements = make("p", { class: "soft" });
  const tables = make("div", {});
  const asked = make("div", { class: "asked" });
  const count = make("button", { type: "button" }, "Count the rows (nothing is written)");
  const write = make("button", { type: "button", class: "second" }, "Write to import.yml");
  const box = make("input", { type: "checkbox" });
  const replacing = make("label", {}, box, " replace what is there by the same name");
  const status = make("div", { class: "status", role: "status", "aria-live": "polite" });
  const recipe = make("pre", { tabindex: "0", "aria-label": "Recipe as YAML" });
  count.addEventListener("click", () => send({ do: "count" }));
  write.addEventListener("click", () => send({ do: "write", replace: box.checked }));
  root.append(
    headline,
    statements,
    tables,
    asked,
    make("div", { class: "actions" }, count, ...(model.get("can_write") ? [write, replacing] : [])),
    status,
    make("details", { class: "recipe" }, make("summary", {}, "Show the recipe"), recipe),
  );

  const rows = new Map();
  for (const table of model.get("state").tables) {
    const body = make("tbody", {});
    const fields = model.get("fields")[table.table];
    for (const column of table.columns) {
      const made = row(table.table, column, fields, send);
      rows.set(JSON.stringify([table.table, column.column]), made);
      body.append(made.node);
    }
    const heads = ["Column", "Field", "How surely", "Before → after", "Notes"].map((t) => make("th", { scope: "col" }, t));
    const head = make("thead", {}, make("tr", {}, ...heads));
    const fixed = table.fixed.length ? `Without a column: ${table.fixed.join("; ")}.` : "";
    tables.append(
      make("h3", {}, `${table.table} (source ${table.source})`),
      make("div", { class: "box" }, make("table", { "aria-label": `Columns as ${table.table}` }, head, body)),
      make("p", { class: "soft" }, fixed),
    );
  }

  function showState() {
    const state = model.get("state");
    headline.textContent = state.headline;
    statements.textContent = state.statements.join("; ");
    for (const table of state.tables)
      for (const column of table.columns) rows.get(JSON.stringify([table.table, column.column])).update(column);
    asked.replaceChildren(
      ...(state.faults.length ? [make("p", { class: "fault" }, make("strong", {}, "Not a valid recipe yet"))] : []),
      ...(state.faults.length ? [make("ul", {}, ...state.faults.map((t) => make("li", { class: "fault" }, t)))] : []),
      ...(state.questions.length ? [make("p", {}, make("strong", {}, "To be decided"))] : []),
      ...(state.questions.length ? [make("ul", {}, ...state.questions.map((t) => make("li", {}, t)))] : []),
    );
    asked.hidden = !state.faults.length && !state.questions.length;
    recipe.textContent = state.recipe;
    count.disabled = write.disabled = state.faults.length > 0 || !state.tables.length;
  }
  function showStatus() {
    const said = model.get("status");
    status.textContent = said.text;
    status.classList.toggle("fault", said.fault);
    root.removeAttribute("aria-busy");
  }
  model.on("change:state", showState);
  model.on("change:status", showStatus);
  showState();
  showStatus();
  el.append(root);
}

export default { render };
