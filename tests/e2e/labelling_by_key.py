"""Labels by keyboard alone in a real browser, and measures the wait in the browser's own clock."""

from tests.e2e.driving import Visitor

# The clock runs in the page: from the key's own event to the frame in which another item's keys stand.
ARM = r"""
() => {
  // Only the key: the other classes change when Streamlit marks what it is about to redraw.
  const item = () => /st-key-say_(\S+)/.exec(document.querySelector('[class*="st-key-say_"]')?.className ?? "")?.[1];
  const before = item();
  window.labelWait = null;
  addEventListener("keydown", event => {
    const start = event.timeStamp;
    const look = () => {
      const now = item();
      if ((now && now !== before) || document.querySelector(".st-key-label_end")) {
        window.labelWait = performance.now() - start;
      } else {
        requestAnimationFrame(look);
      }
    };
    requestAnimationFrame(look);
  }, {once: true, capture: true});
}
"""


def label_by_keys(visitor: Visitor, *, keys: str, think: float = 0.2) -> list[float]:
    """Press these keys, one an item, and give how many seconds each next item took to be drawn."""
    page = visitor.page
    waits = []
    for key in keys:
        page.wait_for_timeout(think * 1000)
        page.evaluate(ARM)
        page.keyboard.press(key.lower())
        page.wait_for_function("() => window.labelWait !== null", timeout=10_000)
        waits.append(float(page.evaluate("() => window.labelWait")) / 1000)
    visitor.settle()
    return waits
