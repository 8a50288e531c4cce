// A page about something that is closed for a while (data-reload-seconds) asks whether it is open, and loads it then.
const CLOSED = 503;

async function reloadOnceOpen(): Promise<void> {
  const response = await fetch(location.href, { method: "HEAD" }).catch(() => undefined);
  if (response && response.status !== CLOSED) location.reload();
}

const closedPage = document.querySelector<HTMLElement>("[data-reload-seconds]");
if (closedPage)
  window.setInterval(() => void reloadOnceOpen(), Number(closedPage.dataset.reloadSeconds) * 1000);
