// The graph of instances. It is loaded when it is first shown: people who look at a list of deployments do not pay for it.

import "@xyflow/react/dist/base.css";
import "./graph.css";
import {
  Controls,
  type Edge,
  Handle,
  type Node,
  type NodeProps,
  Position,
  ReactFlow,
  ReactFlowProvider,
  useReactFlow,
} from "@xyflow/react";
import { createContext, memo, useContext, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import type { Instance } from "../../../../src/contract/deployment.ts";
import type { Look } from "../../components/badge.tsx";
import { refusalText } from "../../../../src/contract/standing.ts";
import { classes } from "../../components/classes.ts";
import { ClockText } from "./clock-text.tsx";
import { type Direction, MARK, type PlacedBox, type Plan, planWithin, TILE } from "./graph-layout.ts";
import { instanceLook, TONE_BOX, TONE_INK } from "./instance-look.ts";
import { stepWord } from "../../../../src/contract/step.ts";

/** Narrower than this, the graph grows downwards. */
const NARROW_PX = 640;
const HEIGHT_PX = { least: 150, most: 460 };
/** Smaller than this, names cannot be read: rather the page is scrolled. */
const LEGIBLE = 0.8;
/** Below the graph is room for the buttons that zoom. */
const FRAME = { top: "6px", left: "6px", right: "6px", bottom: "32px" } as const;
const FRAME_PX = 38;

export interface GraphProps {
  readonly instances: readonly Instance[];
  /** Those that the others wait for. */
  readonly bottlenecks: ReadonlySet<string>;
  readonly isFolded: boolean;
  /** Names of those whose machine should be gone and is not proven gone. */
  readonly owed: ReadonlySet<string>;
  /** Id of the box that is shown beside the graph. */
  readonly selected: string | null;
  readonly onSelect: (id: string) => void;
}

type Shown = Omit<GraphProps, "instances" | "isFolded"> & { readonly byName: ReadonlyMap<string, Instance> };

/** The boxes read what they show from here: a step changes what a box shows and not where it is. */
const ShownContext = createContext<Shown | null>(null);

type BoxNode = Node<{ readonly box: PlacedBox; readonly direction: Direction }, "box">;

const NODE_TYPES = { box: memo(BoxOfNode) };

export function Graph(props: GraphProps) {
  return (
    <ReactFlowProvider>
      <Canvas {...props} />
    </ReactFlowProvider>
  );
}

function Canvas({ instances, isFolded, ...rest }: GraphProps) {
  const { ref, width } = useWidth();
  const direction: Direction = width < NARROW_PX ? "down" : "across";
  // In steps, so that a window that is made wider is not laid out anew with every pixel.
  const room = Math.ceil(width / 40) * (40 / LEGIBLE);
  const shape = instances.map(({ name, dependsOn }) => `${name}<${dependsOn.join(",")}`).join(";");
  // oxlint-disable-next-line react/exhaustive-deps -- `shape` is all that the plan takes from the instances, which are other objects with every step
  const plan = useMemo(() => planWithin(instances, { direction, isFolded }, room), [shape, direction, isFolded, room]);
  const byName = useMemo(() => new Map(instances.map((instance) => [instance.name, instance])), [instances]);
  const nodes = useMemo<BoxNode[]>(
    () =>
      plan.boxes.map((box) => ({
        id: box.id,
        type: "box",
        position: { x: box.x, y: box.y },
        width: box.width,
        height: box.height,
        data: { box, direction },
        draggable: false,
      })),
    [plan, direction],
  );
  const edges = useEdges(plan, byName);
  const shown = useMemo(
    () => ({ ...rest, byName }),
    // oxlint-disable-next-line react/exhaustive-deps -- `rest` is another object with every drawing; what is in it is listed
    [rest.bottlenecks, rest.selected, rest.onSelect, rest.owed, byName],
  );
  const scale = Math.min(1, Math.max(0.35, (width - 16) / plan.width));
  const most = isFolded ? HEIGHT_PX.most : Math.max(HEIGHT_PX.most, plan.height * Math.min(scale, LEGIBLE) + FRAME_PX);
  const height = Math.min(most, Math.max(HEIGHT_PX.least, plan.height * scale + FRAME_PX));
  const frame = `${shape}/${direction}/${isFolded}/${Math.round(width / 40)}/${Math.round(height)}`;
  const flow = useFlow({ nodes, edges, direction, frame });
  return (
    <div
      ref={ref}
      className="[contain:strict] overflow-hidden rounded-lg border bg-surface"
      style={{ height: direction === "down" ? plan.height * scale + FRAME_PX : height }}
    >
      {width > 0 && <ShownContext value={shown}>{flow}</ShownContext>}
    </div>
  );
}

interface FlowProps {
  readonly nodes: BoxNode[];
  readonly edges: Edge[];
  readonly direction: Direction;
  readonly frame: string;
}

/** What a step changes reaches the boxes by their context; the canvas is drawn anew only for another graph. */
function useFlow({ nodes, edges, direction, frame }: FlowProps) {
  return useMemo(
    () => (
      <ReactFlow
        nodes={nodes}
        edges={edges}
        nodeTypes={NODE_TYPES}
        nodesFocusable={false}
        edgesFocusable={false}
        nodesConnectable={false}
        elementsSelectable={false}
        // The wheel and a finger scroll the page; the graph is moved with the mouse and zoomed with its buttons.
        zoomOnScroll={false}
        preventScrolling={false}
        panOnDrag={direction === "across"}
        zoomOnDoubleClick={false}
        minZoom={0.2}
        maxZoom={1.25}
        aria-label="Graph of instances"
      >
        <Fit of={frame} />
        {direction === "across" && <Controls showInteractive={false} position="bottom-right" />}
      </ReactFlow>
    ),
    [nodes, edges, direction, frame],
  );
}

/** Solid where what is waited for is ready. */
function useEdges(plan: Plan, byName: ReadonlyMap<string, Instance>): Edge[] {
  const members = new Map(plan.boxes.map((box) => [box.id, box.members]));
  const isOpen = plan.arrows.map(({ from }) =>
    (members.get(from) ?? []).every((name) => byName.get(name)?.ready === true),
  );
  const key = isOpen.join();
  return useMemo(
    () =>
      plan.arrows.map(({ from, to }, place) => ({
        id: `${from}>${to}`,
        source: from,
        target: to,
        className: isOpen[place] === true ? "edge-open" : "edge-shut",
      })),
    // oxlint-disable-next-line react/exhaustive-deps -- `key` is what is in `isOpen`, another list with every drawing
    [plan, key],
  );
}

/** Shows the whole graph again when it has another shape or another frame. */
function Fit({ of }: { of: string }) {
  const { fitView } = useReactFlow();
  useEffect(() => {
    // The canvas learns its new size after the first frame.
    let frame = requestAnimationFrame(() => {
      frame = requestAnimationFrame(() => void fitView({ padding: FRAME, maxZoom: 1 }));
    });
    return () => cancelAnimationFrame(frame);
  }, [of, fitView]);
  return null;
}

function useWidth() {
  const ref = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    const element = ref.current;
    if (element === null) return;
    const observer = new ResizeObserver(([entry]) => setWidth(Math.round(entry?.contentRect.width ?? 0)));
    observer.observe(element);
    setWidth(Math.round(element.clientWidth));
    return () => observer.disconnect();
  }, []);
  return { ref, width };
}

function BoxOfNode({ data: { box, direction } }: NodeProps<BoxNode>) {
  const shown = useContext(ShownContext);
  if (shown === null) return null;
  const [into, out] = direction === "across" ? [Position.Left, Position.Right] : [Position.Top, Position.Bottom];
  const instances = box.members.flatMap((name) => shown.byName.get(name) ?? []);
  const waitedFor = box.members.filter((name) => shown.bottlenecks.has(name));
  const isWaitedFor = waitedFor.length > 0;
  const worst = worstOf(instances, shown.owed);
  if (worst === undefined) return null;
  const look = instanceLook(worst, shown.owed);
  return (
    <>
      <Handle type="target" position={into} isConnectable={false} />
      {isWaitedFor && (
        <span className="absolute -top-2 left-2 z-10 rounded bg-accent px-1.5 text-2xs leading-4 font-semibold text-on-accent">
          {box.face === "instance"
            ? "waited for"
            : `${waitedFor.length === 1 ? waitedFor[0] : waitedFor.length} waited for`}
        </span>
      )}
      <div
        style={{ width: box.width, height: box.height }}
        className={classes(
          "nodrag nopan pointer-events-auto relative overflow-hidden rounded-lg border transition-colors",
          TONE_BOX[look.tone],
          isWaitedFor && "border-2 border-accent",
          shown.selected === box.id && "ring-2 ring-accent",
        )}
      >
        <button
          type="button"
          aria-pressed={shown.selected === box.id}
          onClick={() => shown.onSelect(box.id)}
          className="absolute inset-0 flex flex-col gap-0.5 rounded-lg px-2.5 py-1.5 text-left text-sm focus-visible:-outline-offset-2"
        >
          {box.face === "instance" ? (
            <Face instance={worst} look={look} />
          ) : (
            <GroupFace box={box} instances={instances} direction={direction} owed={shown.owed} />
          )}
        </button>
        {box.face === "tiles" && <Tiles instances={instances} columns={box.columns} shown={shown} />}
      </div>
      <Handle type="source" position={out} isConnectable={false} />
    </>
  );
}

function Face({ instance, look }: { instance: Instance; look: Look }) {
  const isBusy = instance.step !== null || instance.state === "shutting_down";
  const word = stepWord(instance, undefined);
  const address = instance.ready ? (instance.publicAddress ?? instance.privateAddress) : null;
  return (
    <>
      <span className="flex w-full items-center gap-1.5">
        <span
          aria-hidden="true"
          className={classes("w-3.5 text-center", TONE_INK[look.tone], look.moving && "animate-pulse")}
        >
          {look.symbol}
        </span>
        <span className="truncate font-medium">{instance.name}</span>
        {isBusy && (
          <span className="ml-auto font-mono text-xs text-ink">
            <ClockText since={instance.stepSince ?? instance.since} />
          </span>
        )}
      </span>
      <span className={classes("w-full truncate pl-5 text-xs", TONE_INK[look.tone])}>
        <span className={address === null ? undefined : "max-sm:sr-only"}>{look.word}</span>
        {word !== "" && `, ${word}`}
        {address !== null && <span className="font-mono text-muted"> {address}</span>}
        {instance.fault !== null &&
          instance.state !== "running" &&
          `: ${refusalText(instance.fault, instance.account)}`}
      </span>
    </>
  );
}

interface GroupFaceProps extends MarksProps {
  readonly box: PlacedBox;
}

function GroupFace({ box, instances, direction, owed }: GroupFaceProps) {
  const counts = [...Map.groupBy(instances, (instance) => instanceLook(instance, owed).word)].map(([word, own]) => ({
    word,
    count: own.length,
  }));
  const oldest = instances.filter(({ stepSince }) => stepSince !== null).toSorted(byStepSince)[0];
  return (
    <>
      <span className="flex w-full items-center gap-1.5">
        <span className="truncate font-medium">{box.label}</span>
        <span className="rounded bg-raised px-1 text-xs text-muted">×{instances.length}</span>
        {oldest?.stepSince !== null && oldest !== undefined && (
          <span className="ml-auto font-mono text-xs text-ink">
            <ClockText since={oldest.stepSince} />
          </span>
        )}
      </span>
      {box.face === "marks" && (
        <span className="w-full truncate text-xs text-muted">
          {counts.map(({ word, count }) => `${count} ${word.toLowerCase()}`).join(", ")}
        </span>
      )}
      {box.face === "marks" && <Marks instances={instances} direction={direction} owed={owed} />}
    </>
  );
}

interface MarksProps {
  readonly instances: readonly Instance[];
  readonly direction: Direction;
  readonly owed: ReadonlySet<string>;
}

function Marks({ instances, direction, owed }: MarksProps) {
  return (
    <span
      aria-hidden="true"
      className="mt-0.5 grid"
      style={{ gridTemplateColumns: `repeat(${MARK.perRow[direction]}, ${MARK.size}px)` }}
    >
      {instances.map((instance) => {
        const look = instanceLook(instance, owed);
        return (
          <span
            key={instance.name}
            title={`${instance.name}: ${look.word}`}
            className={classes(
              "m-px grid size-[13px] place-items-center rounded-[3px] border text-[9px] leading-none",
              TONE_BOX[look.tone],
              TONE_INK[look.tone],
            )}
          >
            {look.symbol}
          </span>
        );
      })}
    </span>
  );
}

interface TilesProps {
  readonly instances: readonly Instance[];
  readonly columns: number;
  readonly shown: Shown;
}

function Tiles({ instances, columns, shown }: TilesProps) {
  return (
    <ul
      className="absolute grid content-start"
      style={{
        top: TILE.above,
        left: TILE.aside / 2,
        gridTemplateColumns: `repeat(${columns}, ${TILE.width}px)`,
      }}
    >
      {instances.map((instance) => {
        const look = instanceLook(instance, shown.owed);
        return (
          <li key={instance.name} className="p-px" style={{ height: TILE.height }}>
            <button
              type="button"
              title={`${instance.name}: ${look.word}`}
              aria-pressed={shown.selected === instance.name}
              onClick={() => shown.onSelect(instance.name)}
              className={classes(
                "flex size-full items-center gap-1 rounded border bg-surface px-1 text-xs",
                TONE_BOX[look.tone],
                shown.selected === instance.name && "ring-2 ring-accent",
                shown.bottlenecks.has(instance.name) && "border-accent font-semibold",
              )}
            >
              <span className={classes("w-3 text-center", TONE_INK[look.tone])} aria-hidden="true">
                {look.symbol}
              </span>
              <span className="sr-only">{look.word}: </span>
              <span className="truncate">{instance.name}</span>
              {instance.stepSince !== null && (
                <span className="ml-auto font-mono text-2xs text-ink">
                  <ClockText since={instance.stepSince} />
                </span>
              )}
            </button>
          </li>
        );
      })}
    </ul>
  );
}

function byStepSince(a: Instance, b: Instance): number {
  return Date.parse(a.stepSince ?? "") - Date.parse(b.stepSince ?? "");
}

const BY_WEIGHT = ["bad", "warn", "info", "neutral", "good"] as const;

/** The member whose state is the group's colour: what needs attention first. */
function worstOf(instances: readonly Instance[], owed: ReadonlySet<string>): Instance | undefined {
  const weight = (instance: Instance): number => BY_WEIGHT.indexOf(instanceLook(instance, owed).tone);
  return instances.toSorted((a, b) => weight(a) - weight(b))[0];
}
