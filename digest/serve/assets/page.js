// The terminal's own script marks the body: "-first-byte" when something is painted, "-closed" at the end.
"use strict";

addEventListener("load", () => {
  const again = document.getElementById("again");
  again.addEventListener("click", () => location.reload());

  const marked = (mark, act) => {
    const look = () => {
      if (document.body.classList.contains(mark)) {
        watcher.disconnect();
        act();
      }
    };
    const watcher = new MutationObserver(look);
    watcher.observe(document.body, { attributeFilter: ["class"] });
    look();
  };
  // Keys go to the dashboard without a click, and Enter opens it again.
  marked("-first-byte", () => {
    if (!document.body.classList.contains("-closed")) document.querySelector(".xterm-helper-textarea").focus();
  });
  marked("-closed", () => again.focus());
});
