// Outcry works without this file. It keeps the number fresh, copies what one wants to keep, and
// lets the tab that waits for a code move on once another tab of this browser has confirmed.

const page = document.documentElement;

// The number: asked for while somebody looks, ever more rarely.

const tally = document.querySelector("[data-count]");
if (tally) {
  const forms = JSON.parse(tally.dataset.forms);
  const goals = tally.dataset.goals.split(" ").map(Number);
  const figure = tally.querySelector("p");
  const bar = tally.querySelector("progress");
  const goalLine = tally.querySelector("[data-goal]");
  const said = tally.querySelector("[role=status]");
  // Not every browser knows how every language groups its digits; the server does.
  const written = (number) => String(number).replace(/\B(?=(\d{3})+$)/g, tally.dataset.group);
  const plurals = new Intl.PluralRules(page.lang);
  let shown = Number(tally.dataset.number);
  let spoken = 0;
  let speech;
  let wait = 10;
  let timer;

  const goalAbove = (number) => {
    let goal = goals.find((goal) => goal > number) ?? goals.at(-1);
    while (goal <= number) goal *= 2;
    return goal;
  };

  const speak = () => {
    said.textContent = figure.textContent;
    spoken = Date.now();
    speech = undefined;
  };

  const show = (number) => {
    const form = forms[plurals.select(number)] ?? forms.other;
    const bold = document.createElement("b");
    bold.textContent = written(number);
    const [before, after = ""] = form.split("#");
    figure.replaceChildren(before, ...(form.includes("#") ? [bold, after] : []));
    const head = document.querySelector(".go [data-forms]");
    if (head) {
      const forms = JSON.parse(head.dataset.forms);
      head.textContent = (forms[plurals.select(number)] ?? forms.other).replace("#", written(number));
    }
    const goal = goalAbove(number);
    if (bar) {
      bar.max = goal;
      bar.value = number;
    }
    if (goalLine) goalLine.textContent = goalLine.dataset.goal.replace("#", written(goal));
    // Spoken at most once a minute: a number that rises all the time must not be heard all the time.
    const rest = spoken + 60_000 - Date.now();
    if (rest <= 0) speak();
    else speech ??= setTimeout(speak, rest);
  };

  const ask = async () => {
    try {
      const answer = await fetch(tally.dataset.count);
      const { number } = await answer.json();
      if (Number.isInteger(number) && number !== shown) show((shown = number));
    } catch {
      // No network: the page stays as it is, and asks again later.
    }
    wait = Math.min(wait * 1.5, 120);
    if (!document.hidden) timer = setTimeout(ask, wait * 1000);
  };

  timer = setTimeout(ask, wait * 1000);
  document.addEventListener("visibilitychange", () => {
    clearTimeout(timer);
    if (!document.hidden) ask();
  });
}

// Copying: the button is there only where it works.

if (navigator.clipboard) {
  for (const text of document.querySelectorAll("[data-copy]")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button quiet";
    button.textContent = text.dataset.copy;
    const said = document.createElement("span");
    said.setAttribute("role", "status");
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(text.textContent.trim());
        said.textContent = text.dataset.copied;
      } catch {
        if (text.select) text.select();
        else getSelection().selectAllChildren(text);
      }
    });
    const row = document.createElement("p");
    row.className = "copy screen";
    row.append(button, said);
    text.after(row);
  }
}

// The tab that waits says so once another tab has confirmed. Its form stays: it may be waiting for
// somebody else at the same machine.

if ("BroadcastChannel" in window) {
  const channel = new BroadcastChannel("outcry");
  const { confirmed } = document.querySelector("[data-confirmed]")?.dataset ?? {};
  const main = document.querySelector("[data-waiting]");
  if (confirmed) {
    channel.postMessage(confirmed);
    // A tab that slept asks when it wakes.
    channel.onmessage = ({ data }) => data === `?${confirmed}` && channel.postMessage(confirmed);
  }
  if (main) {
    const { waiting } = main.dataset;
    channel.onmessage = ({ data }) => {
      if (data !== waiting) return;
      channel.close();
      for (const part of main.querySelectorAll("[data-until-done]")) part.remove();
      main.prepend(main.querySelector("template").content);
      const heading = main.querySelector("h1");
      document.title = heading.textContent;
      heading.focus();
    };
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden && main.querySelector("[data-until-done]")) channel.postMessage(`?${waiting}`);
    });
  }
}
