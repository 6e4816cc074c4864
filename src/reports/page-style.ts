import { palettes, type Theme } from './chart-colours.ts';

function toColours(theme: Theme): string {
  const colours = Object.entries(palettes[theme]).map(([name, colour]) => `--${name}:${colour}`);
  return `:root{color-scheme:${theme};${colours.join(';')}}`;
}

/** The style of the pages: light or dark as the reader's system is, light on paper; tables become lists where there is no room for them. */
export const pageStyle = `${toColours('light')}
@media screen and (prefers-color-scheme:dark){${toColours('dark')}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--page);color:var(--ink);font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;overflow-wrap:break-word}
.sheet{max-width:64rem;margin:0 auto;padding:1.5rem 2rem 3rem}
a{color:var(--link);text-underline-offset:.15em}
a:focus-visible{outline:3px solid var(--link);outline-offset:3px;border-radius:2px}
.skip{position:absolute;left:-99rem}
.hidden{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
.skip:focus{left:1rem;top:1rem;background:var(--page);padding:.5rem 1rem;z-index:1}
h1{font-size:1.9rem;line-height:1.2;margin:.15rem 0 .4rem;text-wrap:balance}
h2{font-size:1.3rem;margin:3rem 0 .6rem;padding-top:1rem;border-top:1px solid var(--line)}
h3{font-size:1rem;margin:1.8rem 0 .4rem}
p{margin:.5rem 0;max-width:46rem}
.kicker,.note{color:var(--muted);font-size:.9rem}
.kicker{margin:0}
.whole{white-space:nowrap}
.mark{font-weight:600;border:1px solid var(--tone);border-radius:.3rem;padding:.3rem .75rem;width:fit-content}
.outcome{border-left:.5rem solid var(--tone);background:var(--panel);border-radius:.5rem;padding:1.25rem 1.5rem}
.good{--tone:var(--good)}.bad{--tone:var(--bad)}.unsure{--tone:var(--unsure)}.neutral{--tone:var(--muted)}
.verdict{display:flex;gap:.6rem;align-items:center;font-size:1.35rem;font-weight:650;color:var(--tone);margin:.2rem 0}
.sign{display:inline-grid;place-items:center;flex:none;width:1.5em;height:1.5em;border-radius:50%;background:var(--tone);color:var(--page);font-size:.8em;font-weight:700}
.short{font-size:1.12rem;font-weight:600}
.thresholds{list-style:none;padding:0;margin:.9rem 0 0;display:grid;gap:.2rem}
.thresholds li{display:grid;grid-template-columns:1.2em minmax(11rem,max-content) 1fr;gap:.6rem;align-items:baseline}
.figures{display:grid;grid-template-columns:repeat(4,1fr);gap:1rem;margin:1.25rem 0 0}
.figures div{border-top:2px solid var(--line);padding-top:.5rem}
.figures dt{font-size:.85rem;color:var(--muted)}
.figures dd{margin:0}
.figures dd.value{font-size:1.6rem;font-weight:650;line-height:1.25;font-variant-numeric:tabular-nums}
nav ul{display:flex;flex-wrap:wrap;gap:.25rem 1.25rem;list-style:none;padding:0;margin:1rem 0 0}
nav a{display:inline-block;padding:.3rem 0}
figure{margin:2rem 0 0}
figcaption{color:var(--muted);font-size:.9rem;margin-top:.75rem;max-width:46rem}
svg{display:block;width:100%;height:auto}
svg.narrow{display:none;max-width:30rem;margin:0 auto}
table{border-collapse:collapse;width:100%;margin:1.4rem 0 0;font-size:.94rem}
caption{text-align:left;font-weight:650;padding-bottom:.35rem}
th,td{text-align:left;vertical-align:top;padding:.5rem 1rem .5rem 0;border-bottom:1px solid var(--line)}
thead th{white-space:nowrap;color:var(--muted);font-weight:600;font-size:.85rem}
tbody th{font-weight:600}
td{font-variant-numeric:tabular-nums}
.finding{font-weight:600;color:var(--tone)}
.finding:not(.neutral){white-space:nowrap}
.sub{display:block;color:var(--muted);font-size:.88rem}
code,pre,dd,.kicker{overflow-wrap:anywhere}
code,pre{font-family:ui-monospace,"SF Mono",Menlo,Consolas,monospace;font-size:.88em}
pre{background:var(--panel);border:1px solid var(--line);border-radius:.4rem;padding:.75rem 1rem;white-space:pre-wrap;margin:.5rem 0}
.claim{font-size:1.15rem;font-weight:600;border-left:3px solid var(--line);padding-left:1rem}
ol.timeline{list-style:none;padding:0;margin:.75rem 0 0;border-left:2px solid var(--line)}
ol.timeline li{position:relative;padding:.15rem 0 .15rem 1.25rem;display:grid;grid-template-columns:11.5rem 1fr;gap:.25rem 1rem}
ol.timeline li::before{content:"";position:absolute;left:-6px;top:.7em;width:10px;height:10px;border-radius:50%;background:var(--page);border:2px solid var(--muted)}
ol.timeline li.cluster::before{border-radius:0;transform:rotate(45deg);background:var(--fault);border-color:var(--fault)}
time,.offset{font-variant-numeric:tabular-nums;color:var(--muted);white-space:nowrap}
dl.facts{display:grid;grid-template-columns:13rem 1fr;gap:.35rem 1rem;margin:.75rem 0 0;font-size:.94rem}
dl.facts dt{color:var(--muted)}
dl.facts dd{margin:0}
footer{margin-top:3rem;border-top:1px solid var(--line);padding-top:1rem}
@media screen and (max-width:46rem){
.sheet{padding:1rem 1rem 2rem}
h1{font-size:1.5rem}h2{margin-top:2rem}
.outcome{padding:1rem}
.figures{grid-template-columns:1fr 1fr}
.figures dd.value{font-size:1.35rem}
svg.wide{display:none}svg.narrow{display:block}
thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
table,caption,tbody,tr,td,tbody th{display:block}
.thresholds li{grid-template-columns:1.2em 1fr}
.thresholds li span:last-child{grid-column:2}
td span,tbody th{overflow-wrap:anywhere;min-width:0}
tr{border-bottom:1px solid var(--line);padding:.5rem 0}
td,tbody th{border:0;padding:.1rem 0}
td{display:grid;grid-template-columns:7.5rem 1fr;gap:.75rem}
td::before{content:attr(data-label);color:var(--muted);font-size:.88rem}
ol.timeline li{grid-template-columns:1fr}
dl.facts{grid-template-columns:1fr;gap:0}
dl.facts dd{margin-bottom:.6rem}
}
@media print{
@page{margin:14mm}
body{font-size:10.5pt}
.sheet{padding:0;max-width:none}
nav,.skip{display:none}
.outcome{background:none;border:1px solid var(--line);border-left:.5rem solid var(--tone)}
.sign,svg{print-color-adjust:exact;-webkit-print-color-adjust:exact}
h2{margin-top:1.5rem}
h2,h3,caption{break-after:avoid}
figure,tr,.figures,li{break-inside:avoid}
}`;
