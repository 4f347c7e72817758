// What an account sells, as far as people scroll.

import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import type { Account, Offer } from "../../../../src/contract/account.ts";
import { api, failureFrom } from "../../api.ts";
import { Button } from "../../components/button.tsx";
import { Money } from "../../components/money.tsx";
import { RelativeTime } from "../../components/relative-time.tsx";
import { EmptyState, ErrorState } from "../../components/states.tsx";
import { Cell, Head, HeadCell, Row, Table } from "../../components/table.tsx";
import { queries } from "../../queries.ts";

export function Offers({ account: { name, offersAt } }: { account: Account }) {
  const { data: usage } = useQuery(queries.usage(name));
  const { data, error, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery({
    // Read anew when the account was.
    queryKey: ["offers", name, offersAt],
    queryFn: ({ pageParam, signal }) => api.offers(name, pageParam, signal),
    initialPageParam: "",
    getNextPageParam: ({ next }) => next,
    enabled: offersAt !== null,
  });
  if (offersAt === null) {
    return <EmptyState title="What it offers has not been read yet">Slipway reads it with its next look.</EmptyState>;
  }
  const offers = data?.pages.flatMap((page) => page.offers) ?? [];
  const images = new Set(usage?.images.filter(({ image }) => image !== null).map(({ choice }) => choice));
  return (
    <section className="flex flex-col gap-2">
      <h2>What it offers</h2>
      <p className="text-muted">
        {usage !== undefined && (
          <>
            Realms: {usage.realms.join(", ") || "none"}. {images.size} {images.size === 1 ? "image" : "images"}{" "}
            known.{" "}
          </>
        )}
        Read <RelativeTime time={offersAt} />.
      </p>
      {error !== null && <ErrorState error={failureFrom(error)} />}
      {offers.length > 0 && <OfferTable offers={offers} />}
      {hasNextPage && (
        <Button busy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
          Show more
        </Button>
      )}
    </section>
  );
}

function OfferTable({ offers }: { offers: readonly Offer[] }) {
  return (
    <Table label="Sizes">
      <Head>
        <HeadCell>Size</HeadCell>
        <HeadCell>Realm</HeadCell>
        <HeadCell className="text-right">Cpu</HeadCell>
        <HeadCell className="text-right">Memory</HeadCell>
        <HeadCell className="text-right">Storage</HeadCell>
        <HeadCell>Architecture</HeadCell>
        <HeadCell>Accelerators</HeadCell>
        <HeadCell className="text-right">Price</HeadCell>
      </Head>
      <tbody>
        {offers.map((offer) => (
          <Row key={`${offer.realm} ${offer.size}`}>
            <Cell className="font-medium">{offer.size}</Cell>
            <Cell>{offer.realm}</Cell>
            <Cell className="text-right">{offer.cpu}</Cell>
            <Cell className="text-right whitespace-nowrap">{Math.round(offer.memoryMib / 102.4) / 10} GiB</Cell>
            <Cell className="text-right whitespace-nowrap">{offer.storageGib} GiB</Cell>
            <Cell>{offer.architecture}</Cell>
            <Cell>{offer.accelerators === 0 ? "–" : `${offer.accelerators} ${offer.acceleratorKind ?? ""}`}</Cell>
            <Cell className="text-right">
              <Price offer={offer} />
            </Cell>
          </Row>
        ))}
      </tbody>
    </Table>
  );
}

function Price({ offer: { hourlyCost, cut } }: { offer: Offer }) {
  if (cut !== null) return <span className="text-muted">cut to measure</span>;
  if (hourlyCost === null) return <span className="text-muted">not known</span>;
  return <Money dollars={hourlyCost} per="hour" />;
}
