// Shows the agent's status and events. Everything is set as text, whatever the agent or a peer of its says.

const MOST_EVENTS = 200;
const QUIET_MS = 5000; // between two looks at the status while nothing happens
const SOON_MS = 200; // after an event
const RETRY_MS = [500, 1000, 2000, 4000];

const at = (id) => document.getElementById(id);
const element = (name, text, className) => {
  const made = document.createElement(name);
  if (text !== undefined) made.append(...breakable(text));
  if (className) made.className = className;
  return made;
};

// --- words -----------------------------------------------------------------------------------------

const CARD_STATES = {
  starting: 'Looking for the card',
  'service-unavailable': 'No card service',
  'reader-absent': 'No reader',
  'card-absent': 'No card',
  'card-mute': 'Card is mute',
  'card-present': 'In the reader',
  ready: 'Ready',
};
const CARD_MOODS = { starting: 'warn', 'card-present': 'good', ready: 'good' };
const MODES = { GBA_ME: 'GBA_ME: the key is in the agent', GBA_U: 'GBA_U: the key is in the card' };
const KINDS = {
  bootstrapped: 'Bootstrapped', renewed: 'Renewed', association: 'Association', card: 'Card', pin: 'PIN', denied: 'Denied',
  error: 'Failed', request: 'Request', key: 'Key', owner: 'Owner', network: 'Network', dropped: 'Gap',
};

const sentence = (code) => {
  const words = code.replaceAll(/[-_]/g, ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
};

const duration = (seconds) => {
  const parts = [Math.floor(seconds / 60) % 60, seconds % 60].map((part) => String(part).padStart(2, '0'));
  const hours = Math.floor(seconds / 3600);
  return hours > 0 ? `${hours}:${parts.join(':')}` : parts.join(':');
};

const clock = (time) => new Date(time).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit', second: '2-digit', hour12: false });

const took = (microseconds) => {
  const milliseconds = Number(microseconds) / 1000;
  return `${milliseconds < 10 ? milliseconds.toFixed(1) : Math.round(milliseconds)} ms`;
};

// Long names break behind their dots.
const breakable = (text) => String(text).split(/(?<=\.)/).flatMap((part) => [part, document.createElement('wbr')]).slice(0, -1);

// --- the status ------------------------------------------------------------------------------------

const facts = (list, entries) => {
  list.replaceChildren(...entries.filter(([, value]) => value !== null && value !== undefined && value !== '').flatMap(
    ([name, value, className]) => [element('dt', name), element('dd', value, className)]));
};

const headline = (place, text, mood) => {
  if (place.textContent !== text) place.textContent = text;
  place.dataset.mood = mood;
};

const places = new Map(); // subscriber -> { root, at }
let deadlines = []; // [place, moment at which the association ends]

const placeOf = (name) => {
  if (!places.has(name)) {
    const root = at('subscriber').content.cloneNode(true).firstElementChild;
    root.querySelector('h2').textContent = name === 'default' ? 'Subscriber' : `Subscriber ${name}`;
    at('subscribers').append(root);
    places.set(name, { root, at: (what) => root.querySelector(`[data-at="${what}"]`) });
  }
  return places.get(name);
};

const showCard = (place, card) => {
  headline(place.at('card'), CARD_STATES[card.state] ?? sentence(card.state), CARD_MOODS[card.state] ?? 'bad');
  const who = card.subscriber;
  facts(place.at('card-facts'), [
    ['Subscriber', card.state === 'card-present' ? 'is read with the first request' : null],
    ['Home network', who?.home_domain],
    ['Identities', who?.impus.join(', ')],
    ['Private identity', who?.impi],
    ['Application', who?.application],
    ['ICCID', who?.iccid],
    ['Reader', card.reader],
    ['Problem', card.state === 'ready' ? null : card.last_error?.text, 'bad'],
  ]);
};

const showAssociation = (place, association, bootstrapping) => {
  const left = place.at('left');
  if (association) {
    deadlines.push([left, performance.now() + association.seconds_left * 1000]);
  } else {
    headline(left, bootstrapping.running ? 'Bootstrapping' : 'None yet', bootstrapping.last_failure ? 'bad' : 'warn');
  }
  facts(place.at('association-facts'), [
    ['Ends', association && clock(association.expires)],
    ['Kept', association && (MODES[association.mode] ?? association.mode)],
    ['B-TID', association?.b_tid],
    ['Bootstrappings', `${bootstrapping.runs}${bootstrapping.failures > 0 ? `, ${bootstrapping.failures} failed` : ''}`],
    ['Problem', bootstrapping.last_failure?.text, 'bad'],
    ['Next try', bootstrapping.retry_in > 0 ? `in ${bootstrapping.retry_in} s` : null],
  ]);
};

const showNafs = (place, subscriber) => {
  const { idle, in_use: used, waiting } = subscriber.channels;
  const open = idle + used;
  headline(place.at('channels'), open === 0 ? 'No channel open' : `${open} ${open === 1 ? 'channel' : 'channels'} open`, open === 0 ? '' : 'good');
  place.at('nafs').replaceChildren(...subscriber.nafs.map((naf) => {
    const entry = element('li', naf.port === 443 ? naf.name : `${naf.name}:${naf.port}`);
    entry.append(element('small', `by ${naf.way}`));
    for (const passed of naf.passed_over) entry.append(element('small', `passed over: ${passed}`));
    return entry;
  }));
  facts(place.at('channel-facts'), [
    ['In use', used],
    ['Requests waiting', waiting],
    ['TLS sessions to resume', subscriber.tls_sessions],
  ]);
};

const showTotals = (sockets, keys) => {
  const entries = [
    ['Requests', sockets.requests], ['Denied', sockets.denied], ['Failed', sockets.failed],
    ['Turned away', sockets.turned_away], ['Keys given', keys.given], ['Keys refused', keys.refused],
  ];
  at('totals').replaceChildren(...entries.map(([name, value]) => {
    const cell = element('div');
    cell.append(element('dt', name), element('dd', value));
    return cell;
  }));
};

const tick = () => {
  for (const [place, end] of deadlines) {
    const seconds = Math.max(0, Math.round((end - performance.now()) / 1000));
    headline(place, `${duration(seconds)} left`, seconds < 60 ? 'warn' : 'good');
  }
};

const show = (status) => {
  deadlines = [];
  for (const subscriber of status.subscribers) {
    const place = placeOf(subscriber.name);
    showCard(place, subscriber.card);
    showAssociation(place, subscriber.association, subscriber.bootstrapping);
    showNafs(place, subscriber);
  }
  showTotals(status.sockets, status.keys);
  tick();
};

// --- the events ------------------------------------------------------------------------------------

const OWN_FIELDS = new Set(['time', 'kind', 'message', 'why', 'us']);
const rest = (event, without = []) => Object.entries(event).filter(([name, value]) => !OWN_FIELDS.has(name) && !without.includes(name) && value !== '')
  .map(([name, value]) => (value.startsWith(`${name}#`) ? value : `${name} ${value}`)).join(' · ');

// "what: detail (in place); advice", as errors are written: what, and the rest without the place.
const reasons = (why) => {
  const [, what, detail, advice] = /^(.*?)(?:: (.*?))? \(in [^)]*\)(?:; (.*))?$/s.exec(why) ?? [null, why];
  return [what.charAt(0).toUpperCase() + what.slice(1), [detail, advice].filter(Boolean).join('; ')];
};

// [what happened, more of it]
const words = (event) => {
  switch (event.message) {
    case 'local.request':
      return [`${event.method} ${event.auid}: ${event.status}`,
        `${event.application} to ${event.naf}${event.bootstrapped === 'yes' ? ', after bootstrapping' : ''}`];
    case 'local.denied':
    case 'local.failed': {
      const [what, more] = reasons(event.why);
      const who = event.application === '-' ? `uid ${event.uid} at ${event.socket}` : event.application;
      return [what, `${who}${event.naf ? ` to ${event.naf}` : ''}${more ? `: ${more}` : ''}`];
    }
    case 'ub.bootstrapped':
      return ['A new security association', `good for ${duration(Number(event.lifetime_s))}, ${event.gba === 'u' ? 'GBA_U' : 'GBA_ME'}, B-TID ${event.b_tid}`];
    case 'ub.association_gone':
      return ['The security association has gone', rest(event)];
    case 'card.subscriber':
      return ['A subscriber is there', rest(event)];
    case 'card.subscriber_gone':
      return ['The subscriber has gone', rest(event)];
    default:
      return [sentence(String(event.message ?? event.why ?? event.kind).replace('.', ' ')), event.why && event.message ? event.why : rest(event)];
  }
};

let paused = false;
let held = [];

const add = (event) => {
  const [what, more] = words(event);
  const entry = element('li', undefined, event.kind);
  const time = element('time', clock(event.time ?? Date.now()));
  const text = element('div', what, 'what');
  if (more) text.append(element('small', more));
  entry.append(time, element('span', KINDS[event.kind] ?? event.kind, 'kind'), text, element('span', event.us ? took(event.us) : '', 'took'));
  at('list').prepend(entry);
  while (at('list').children.length > MOST_EVENTS) at('list').lastElementChild.remove();
  at('quiet').hidden = true;
};

const happened = (event) => {
  if (paused) {
    held = [...held, event].slice(-MOST_EVENTS);
    at('pause').textContent = `Go on (${held.length})`;
  } else {
    add(event);
  }
  lookSoon(SOON_MS);
};

at('pause').addEventListener('click', () => {
  paused = !paused;
  at('pause').setAttribute('aria-pressed', String(paused));
  at('pause').textContent = paused ? 'Go on' : 'Pause';
  held.splice(0).forEach(add);
});
at('filter').addEventListener('change', (change) => { at('list').dataset.filter = change.target.value; });

// --- the connection --------------------------------------------------------------------------------

const STATES = {
  live: ['Live', ''],
  waiting: ['Connecting', ''],
  away: ['Agent away', 'The agent does not answer. What is shown is how it stood last; this page tries again by itself.'],
  silent: ['No events', 'The agent tells of no events at the moment; this page tries again by itself.'],
  ended: ['Ended', 'utctl web has ended. What is shown is how the agent stood last; start utctl web again for a new link.'],
};

const tell = (state) => {
  const [short, long] = STATES[state];
  const link = at('link');
  if (link.textContent !== short) link.textContent = short;
  link.dataset.state = state;
  const trouble = at('trouble');
  if (trouble.textContent !== long) trouble.textContent = long;
  trouble.hidden = long === '';
};

let timer = 0;
let due = Infinity;
const lookSoon = (milliseconds) => {
  const moment = performance.now() + milliseconds;
  if (moment >= due) return;
  clearTimeout(timer);
  due = moment;
  timer = setTimeout(look, milliseconds);
};

let events = null;
let failures = 0; // to get the status, in a row
let breaks = 0; // of the events, in a row

async function look() {
  due = Infinity;
  try {
    const answer = await fetch('status');
    if (answer.ok) {
      show(await answer.json());
      failures = 0;
      follow();
      lookSoon(QUIET_MS);
      return;
    }
    tell('away');
  } catch {
    tell('ended');
  }
  lookSoon(RETRY_MS[Math.min(failures++, RETRY_MS.length - 1)]);
}

const follow = () => {
  if (events && events.readyState !== EventSource.CLOSED) return;
  events = new EventSource('events');
  events.onopen = () => {
    breaks = 0;
    tell('live');
  };
  for (const kind of Object.keys(KINDS)) {
    events.addEventListener(kind, (message) => {
      if (message.data !== undefined) happened({ kind, ...JSON.parse(message.data) });
    });
  }
  // "error" is an event of the agent too, which has data. Who is away, the next look shows.
  events.addEventListener('error', (message) => {
    if (message.data !== undefined) return;
    events.close();
    tell('silent');
    lookSoon(RETRY_MS[Math.min(breaks++, RETRY_MS.length - 1)]);
  });
};

setInterval(tick, 1000);
look();
