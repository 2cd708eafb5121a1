// Follows the output of a running execution and shows the result when it has ended.
"use strict";
(() => {
  const shown = document.getElementById("live");
  const most = 400000;
  const again = () => location.reload();
  if (!shown) return;
  if (shown.dataset.state === "PENDING") {
    setTimeout(again, 3000);
    return;
  }
  const source = new EventSource(shown.dataset.log);
  source.addEventListener("log", (event) => {
    const { text, missed } = JSON.parse(event.data);
    const atEnd = window.innerHeight + window.scrollY >= document.body.scrollHeight - 40;
    const gap = missed ? `[agnox: ${missed} characters of the output are left out here]\n` : "";
    const whole = shown.textContent + gap + text;
    shown.textContent = whole.length > most ? whole.slice(-most) : whole;
    if (atEnd) window.scrollTo(0, document.body.scrollHeight);
  });
  source.addEventListener("end", () => {
    source.close();
    setTimeout(again, 1000);
  });
})();
