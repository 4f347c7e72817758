import { expect, test } from "vitest";
import { noSuchMember } from "./check-instances.ts";
import { numbersIn, numbersOf } from "./numbers.ts";
import { sampleResolvedInstance } from "../../ports/store.samples.ts";

test.each<[number, readonly number[] | undefined, readonly number[]]>([
  [3, undefined, [1, 2, 3]],
  [2, [1, 2, 3], [1, 2]],
  [2, [3, 1], [1, 3]],
  [3, [1, 3], [1, 2, 3]],
  [4, [2, 5], [1, 2, 3, 5]],
  [1, [7], [7]],
])("%s members, where %j are there, are %j", (count, present, numbers) => {
  expect(numbersOf(count, present)).toEqual(numbers);
});

test("numbers that there are are those of counted groups", () => {
  const instances = [
    sampleResolvedInstance({ name: "db", group: "db", index: 1 }),
    sampleResolvedInstance({ name: "web-1", group: "web", index: 1 }),
    sampleResolvedInstance({ name: "web-3", group: "web", index: 3 }),
  ];
  expect([...numbersIn(instances)]).toEqual([["web", [1, 3]]]);
});

test("who refers to a number that is not there is told which there are", () => {
  const reference = (member: number | null) => ({
    kind: "group" as const,
    group: "web",
    member,
    attribute: "id" as const,
    spot: { path: ["outputs"], at: { line: 1, column: 1 } },
  });
  expect(noSuchMember(reference(3), [1, 3])).toBeNull();
  expect(noSuchMember(reference(2), [1, 3])?.text).toMatch(
    /refers to web\[2\], but "web" is to have members 1 and 3: mend the number, or let that member stay/,
  );
  expect(noSuchMember(reference(2), [7])?.text).toMatch(/"web" is to have only member 7: mend/);
});
