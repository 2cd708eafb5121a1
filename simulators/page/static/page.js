// Looks for changes every two seconds and swaps only the part of the page that people read.
const live = document.getElementById("live");
let lastSeen = live?.innerHTML;

// What was folded out stays so: each <details> is known by its nearest named ancestor and its place in there.
function folds(root) {
  return [...root.querySelectorAll("details")].map((fold) => {
    const owner = fold.closest("[id]") ?? root;
    return [`${owner.id}:${[...owner.querySelectorAll("details")].indexOf(fold)}`, fold];
  });
}

// A reply that is being written would be lost with the part it stands in.
function beingWritten() {
  return [...live.querySelectorAll("textarea")].some((field) => field.value || field === document.activeElement);
}

async function refresh() {
  if (beingWritten()) return;
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.getElementById("live");
  if (fresh.innerHTML === lastSeen || beingWritten()) return;
  lastSeen = fresh.innerHTML;
  const open = new Map(folds(live).map(([name, fold]) => [name, fold.open]));
  for (const [name, fold] of folds(fresh)) fold.open = open.get(name) ?? fold.open;
  live.replaceChildren(...fresh.childNodes);
}

async function loop() {
  try {
    if (!document.hidden) await refresh();
  } catch {
    // The simulator may be restarting; the next round finds out.
  }
  setTimeout(loop, 2000);
}
if (live) loop();
