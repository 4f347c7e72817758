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
  createFiltered,
  instanceOf,
  lookOf,
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
  const filtered = useMemo(() => createFiltered(asked), [asked]);
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

function Filters({ filter, onFilter, instance, instances, onInstance }: FiltersProps) {
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
}

interface RowsProps {
  readonly rows: readonly Event[];
  readonly total: number;
  readonly from: string;
  readonly chosen: number | null;
  readonly onChoose: (no: number) => void;
}

function Rows({ rows, total, from, chosen, onChoose }: RowsProps) {
  const box = useRef<HTMLDivElement>(null);
  const id = useId();
  const rowHeight = useRowHeight();
  const { view, isFollowing, setFollowing, onScroll } = useFollowing(box, rows.length * rowHeight);
  const { first, end } = rowsInView({ ...view, rowHeight, count: rows.length });
  const startedAt = Date.parse(from);
  const choose = (place: number): void => {
    const row = rows[Math.min(rows.length - 1, Math.max(0, place))];
    if (row === undefined) return;
    onChoose(row.no);
    const top = rows.indexOf(row) * rowHeight;
    const at = box.current;
    if (at === null) return;
    if (top < at.scrollTop) at.scrollTop = top;
    else if (top + rowHeight > at.scrollTop + at.clientHeight) at.scrollTop = top + rowHeight - at.clientHeight;
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const now = rows.findIndex(({ no }) => no === chosen);
    const start = now < 0 ? rows.length : now;
    const place = { ArrowUp: start - 1, ArrowDown: now < 0 ? rows.length - 1 : now + 1, Home: 0, End: rows.length - 1 }[
      event.key
    ];
    if (place === undefined) return;
    event.preventDefault();
    choose(place);
  };
  return (
    <div className="relative">
      <div
        ref={box}
        role="listbox"
        aria-label="Steps"
        tabIndex={0}
        aria-activedescendant={chosen === null ? undefined : `${id}-${chosen}`}
        onScroll={onScroll}
        onKeyDown={onKeyDown}
        className="h-80 overflow-y-auto rounded-lg border bg-surface [overflow-anchor:none] md:h-96"
      >
        {rows.length === 0 && (
          <p role="option" aria-selected={false} aria-disabled className="px-3 py-6 text-center text-muted">
            {total === 0 ? "The first step is still to come." : "No step matches the filter."}
          </p>
        )}
        <div role="presentation" className="relative" style={{ height: rows.length * rowHeight }}>
          {rows.slice(first, end).map((row, place) => (
            <StepRow
              key={row.no}
              id={`${id}-${row.no}`}
              step={row}
              top={(first + place) * rowHeight}
              place={first + place + 1}
              count={rows.length}
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
      {!isFollowing && (
        <Button className="absolute right-4 bottom-8 shadow-pop" onClick={() => setFollowing(true)}>
          <span aria-hidden="true">↓</span> To the end
        </Button>
      )}
    </div>
  );
}

interface StepRowProps {
  readonly id: string;
  readonly step: Event;
  readonly top: number;
  readonly place: number;
  readonly count: number;
  readonly startedAt: number;
  readonly isChosen: boolean;
  readonly onChoose: (no: number) => void;
}

const StepRow = memo(function StepRow({ id, step, top, place, count, startedAt, isChosen, onChoose }: StepRowProps) {
  const look = lookOf(step);
  const instance = instanceOf(step);
  return (
    // Keys are the list's: it has the focus.
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events
    <div
      id={id}
      role="option"
      tabIndex={-1}
      aria-selected={isChosen}
      aria-posinset={place}
      aria-setsize={count}
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

/** What of the list is in view; keeps the end in view for as long as nobody scrolls away from it. */
function useFollowing(box: { readonly current: HTMLDivElement | null }, contentPx: number) {
  const [view, setView] = useState({ scrollTop: 0, height: 400 });
  const [isFollowing, setFollowing] = useState(true);
  const lastTop = useRef(0);
  useLayoutEffect(() => {
    const at = box.current;
    if (at === null || !isFollowing) return;
    at.scrollTop = at.scrollHeight;
    lastTop.current = at.scrollTop;
    setView({ scrollTop: at.scrollTop, height: at.clientHeight });
  }, [box, contentPx, isFollowing]);
  const onScroll = (): void => {
    const at = box.current;
    if (at === null) return;
    setView({ scrollTop: at.scrollTop, height: at.clientHeight });
    // The list may have grown since it was scrolled to its end; only a way upwards is somebody's wish.
    if (at.scrollHeight - at.scrollTop - at.clientHeight < NEAR_PX) setFollowing(true);
    else if (at.scrollTop < lastTop.current - 1) setFollowing(false);
    lastTop.current = at.scrollTop;
  };
  return { view, isFollowing, setFollowing, onScroll };
}
