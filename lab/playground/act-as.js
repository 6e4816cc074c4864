/** In the playground's page: chooses who speaks and clicks, since an approval needs a second person. */
const { people, actingAs } = await (await fetch('/_lab/people')).json();

const label = document.createElement('label');
label.textContent = 'Act as ';
label.style.cssText =
  'position:fixed;bottom:16px;left:88px;z-index:1000;font:14px system-ui;color:#242424;background:#fff;border:1px solid #8a8a8a;border-radius:4px;padding:4px 8px';
const select = document.createElement('select');
select.id = 'lab-act-as';
select.style.cssText = 'font:inherit;border:0;background:transparent;color:inherit';
for (const { id, name, role } of people) {
  select.add(new Option(`${name} (${role})`, id, false, id === actingAs));
}
async function choose() {
  const headers = { 'content-type': 'application/json' };
  const body = JSON.stringify({ id: select.value });
  const answer = await fetch('/_lab/people', { method: 'PUT', headers, body });
  if (!answer.ok) select.value = actingAs;
}
select.addEventListener('change', () => void choose());
label.append(select);
document.body.append(label);
