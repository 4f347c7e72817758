/** "2 machines are not proven gone": how debt is said everywhere. */
export function owedText(debts: number): string {
  return `${debts === 1 ? "1 machine is" : `${debts} machines are`} not proven gone`;
}
