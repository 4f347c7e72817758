// The log of steps: every one of them, filtered, only those in view drawn, following the end until somebody scrolls up.

import {
  type KeyboardEvent,
  memo,
  useDeferredValue,
  useEffect,
  useId,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from "react";
import type { Event } from "../../../../src/contract/event.ts";
import { Button } from "../../components/button.tsx";
import { classes } from "../../components/classes.ts";
import { Input, Select } from "../../components/field.tsx";
import { exactText } from "../../components/relative-time.tsx";
import type { FeedState } from "./feed.ts";
import { TONE_INK } from "./instance-look.ts";
import {
  createChosen,
  instanceOf,
  lookOf,
  matches,
  NO_FILTER,
  offsetText,
  rowsInView,
  type StepFilter,
  TOPIC_WORDS,
  TOPICS,
} from "./log.ts";
import { StepDetails } from "./step-details.tsx";

/** One line where there is room, two on a phone. */
const ROW_PX = { wide: 26, narrow: 44 };
const NARROW = "(max-width: 640px)";
/** This near to the end counts as being there. */
const NEAR_PX = 30;

export interface StepLogProps {
  readonly feed: FeedState;
  /** The launch's begin: offsets count from it. */
  readonly from: string;
  readonly instances: readonly string[];
  /** Set from outside, by a click on an instance. */
  readonly instance: string | null;
  readonly onInstance: (instance: string | null) => void;
}

export function StepLog({ feed, from, instances, instance, onInstance }: StepLogProps) {
  const [filter, setFilter] = useState<StepFilter>(NO_FILTER);
  const [chosen, setChosen] = useState<number | null>(null);
  const asked = useDeferredValue(useMemo(() => ({ ...filter, instance }), [filter, instance]));
  const filtered = useMemo(() => createChosen((step) => matches(step, asked)), [asked]);
  // The list grows in place, so its length is what tells that it is another.
  const rows = filtered(feed.events);
  const step = rows.find(({ no }) => no === chosen) ?? null;
  return (
    <section aria-label="Log of steps" className="flex flex-col gap-2">
      <Filters filter={filter} onFilter={setFilter} instance={instance} instances={instances} onInstance={onInstance} />
      <Rows rows={rows} total={feed.events.length} from={from} chosen={chosen} onChoose={setChosen} />
      {step !== null && <StepDetails step={step} onClose={() => setChosen(null)} />}
    </section>
  );
}

interface FiltersProps extends Pick<StepLogProps, "instance" | "instances" | "onInstance"> {
  readonly filter: StepFilter;
  readonly onFilter: (filter: StepFilter) => void;
}

const Filters = memo(function Filters({ filter, onFilter, instance, instances, onInstance }: FiltersProps) {
  const topic = filter.topics.size === TOPICS.length ? "" : ([...filter.topics][0] ?? "");
  return (
    <div className="flex flex-wrap gap-2">
      <Input
        type="search"
        aria-label="Find in the steps"
        placeholder="Find in the steps"
        value={filter.text}
        onChange={({ target }) => onFilter({ ...filter, text: target.value })}
        className="max-w-64 min-w-40 flex-1"
      />
      <Select
        aria-label="Steps of instance"
        value={instance ?? ""}
        onChange={({ target }) => onInstance(target.value === "" ? null : target.value)}
        className="w-auto! max-w-48"
      >
        <option value="">All instances</option>
        {instances.map((name) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </Select>
      <Select
        aria-label="Kind of step"
        value={topic}
        onChange={({ target }) => {
          const one = TOPICS.find((known) => known === target.value);
          onFilter({ ...filter, topics: new Set(one === undefined ? TOPICS : [one]) });
        }}
        className="w-auto!"
      >
        <option value="">All kinds</option>
        {TOPICS.map((one) => (
          <option key={one} value={one}>
            {TOPIC_WORDS[one]}
          </option>
        ))}
      </Select>
    </div>
  );
});

interface RowsProps {
  readonly rows: readonly Event[];
  readonly total: number;
  readonly from: string;
  readonly chosen: number | null;
  readonly onChoose: (no: number) => void;
}

function Rows({ rows, total, from, chosen, onChoose }: RowsProps) {
  const id = useId();
  const rowHeight = useRowHeight();
  const { box, view, isFollowing, setFollowing, onScroll } = useFollowing(rows.length * rowHeight);
  const { first, end } = rowsInView({ ...view, rowHeight, count: rows.length });
  const startedAt = Date.parse(from);
  const onKeyDown = keysOf({ rows, rowHeight, chosen, onChoose });
  return (
    <div className="relative">
      <div
        ref={box}
        // oxlint-disable-next-line jsx-a11y/prefer-tag-over-role -- a list of the browser's own draws every row that it has
        role="listbox"
        aria-label="Steps"
        tabIndex={0}
        aria-activedescendant={chosen === null ? undefined : `${id}-${chosen}`}
        onScroll={onScroll}
        onKeyDown={onKeyDown}
        className="h-80 w-full [contain:strict] overflow-y-auto rounded-lg border bg-surface [overflow-anchor:none] md:h-96"
      >
        <div role="presentation" className="relative" style={{ height: rows.length * rowHeight }}>
          {rows.slice(first, end).map((row, place) => (
            <StepRow
              key={row.no}
              id={`${id}-${row.no}`}
              step={row}
              top={(first + place) * rowHeight}
              place={first + place + 1}
              startedAt={startedAt}
              isChosen={row.no === chosen}
              onChoose={onChoose}
            />
          ))}
        </div>
      </div>
      <p className="mt-1 flex items-center gap-2 text-xs text-muted">
        {rows.length === total ? `${total} steps` : `${rows.length} of ${total} steps`}
        {isFollowing && <span>· following the end</span>}
      </p>
      {rows.length === 0 && (
        <p className="pointer-events-none absolute inset-x-0 top-6 px-3 text-center text-muted">
          {total === 0 ? "The first step is still to come." : "No step matches the filter."}
        </p>
      )}
      {!isFollowing && (
        <Button className="absolute right-4 bottom-8 shadow-pop" onClick={() => setFollowing(true)}>
          <span aria-hidden="true">↓</span> To the end
        </Button>
      )}
    </div>
  );
}

interface Keys extends Pick<RowsProps, "rows" | "chosen" | "onChoose"> {
  readonly rowHeight: number;
}

/** Arrows, Home and End choose a step and bring it into view. */
function keysOf({ rows, rowHeight, chosen, onChoose }: Keys) {
  return (event: KeyboardEvent<HTMLElement>): void => {
    const now = rows.findIndex(({ no }) => no === chosen);
    const last = rows.length - 1;
    const places: Readonly<Record<string, number>> = {
      ArrowUp: now < 0 ? last : now - 1,
      ArrowDown: now < 0 ? last : now + 1,
      Home: 0,
      End: last,
    };
    const place = places[event.key];
    const row = rows[Math.min(last, Math.max(0, place ?? -1))];
    if (place === undefined || row === undefined) return;
    event.preventDefault();
    onChoose(row.no);
    const list = event.currentTarget;
    const top = rows.indexOf(row) * rowHeight;
    if (top < list.scrollTop) list.scrollTop = top;
    else if (top + rowHeight > list.scrollTop + list.clientHeight) list.scrollTop = top + rowHeight - list.clientHeight;
  };
}

interface StepRowProps {
  readonly id: string;
  readonly step: Event;
  readonly top: number;
  readonly place: number;
  readonly startedAt: number;
  readonly isChosen: boolean;
  readonly onChoose: (no: number) => void;
}

const StepRow = memo(function StepRow({ id, step, top, place, startedAt, isChosen, onChoose }: StepRowProps) {
  const look = lookOf(step);
  const instance = instanceOf(step);
  return (
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events -- keys are the list's: it has the focus
    <div
      id={id}
      // oxlint-disable-next-line jsx-a11y/prefer-tag-over-role -- a row of the list above, which is none of the browser's own
      role="option"
      tabIndex={-1}
      aria-selected={isChosen}
      aria-posinset={place}
      // It grows; told with each step, every row would be drawn anew.
      aria-setsize={-1}
      onClick={() => onChoose(step.no)}
      style={{ top }}
      className={classes(
        "absolute inset-x-0 flex h-[44px] cursor-pointer items-start gap-2 px-3 py-1 leading-[18px] sm:h-[26px]",
        isChosen ? "bg-info-soft" : "hover:bg-raised",
      )}
    >
      <time
        dateTime={step.at}
        title={exactText(step.at)}
        className="w-14 shrink-0 text-right font-mono text-xs leading-[18px] text-muted"
      >
        {offsetText(Date.parse(step.at) - startedAt)}
      </time>
      <span
        aria-hidden="true"
        className={classes("w-3 shrink-0 text-center text-xs leading-[18px]", TONE_INK[look.tone])}
      >
        {look.symbol}
      </span>
      <span
        className={classes(
          "line-clamp-2 min-w-0 text-[0.8125rem] break-words sm:line-clamp-1 sm:break-all",
          look.tone === "bad" ? "text-bad" : look.tone === "good" ? "text-good" : "text-ink",
          instance === null && "font-medium",
        )}
      >
        {step.text}
      </span>
    </div>
  );
});

function useRowHeight(): number {
  const [isNarrow, setNarrow] = useState(() => window.matchMedia(NARROW).matches);
  useEffect(() => {
    const media = window.matchMedia(NARROW);
    const look = (): void => setNarrow(media.matches);
    media.addEventListener("change", look);
    return () => media.removeEventListener("change", look);
  }, []);
  return isNarrow ? ROW_PX.narrow : ROW_PX.wide;
}

interface InView {
  readonly scrollTop: number;
  readonly height: number;
}

/** What of the list is in view; keeps the end in view for as long as nobody scrolls away from it. */
function useFollowing(contentPx: number) {
  const box = useRef<HTMLDivElement>(null);
  const [scrolled, setScrolled] = useState<InView>({ scrollTop: 0, height: 400 });
  const [isFollowing, setFollowing] = useState(true);
  const lastTop = useRef(0);
  useLayoutEffect(() => {
    const at = box.current;
    if (at === null || !isFollowing) return;
    at.scrollTop = contentPx;
    lastTop.current = at.scrollTop;
  }, [contentPx, isFollowing]);
  const onScroll = (): void => {
    const at = box.current;
    if (at === null) return;
    const { scrollTop, clientHeight: height, scrollHeight } = at;
    // The list may have grown since it was scrolled to its end; only a way upwards is somebody's wish.
    const isAtEnd = scrollHeight - scrollTop - height < NEAR_PX;
    const isLeaving = !isAtEnd && scrollTop < lastTop.current - 1;
    lastTop.current = scrollTop;
    if (isAtEnd || isLeaving) setFollowing(isAtEnd);
    setScrolled((before) =>
      before.height === height && (before.scrollTop === scrollTop || (isFollowing && !isLeaving))
        ? before
        : { scrollTop, height },
    );
  };
  // At the end it is known without asking, and asking would lay out the page once more.
  const view = isFollowing ? { ...scrolled, scrollTop: Math.max(0, contentPx - scrolled.height) } : scrolled;
  return { box, view, isFollowing, setFollowing, onScroll };
}
