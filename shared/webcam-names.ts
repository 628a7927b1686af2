/** Cameras of one make have one label: the second of them is `LABEL #2`, in the order in which the system lists them. */
export function deviceNames(labels: readonly string[]): string[] {
  return labels.map((label, index) => {
    const place = labels.slice(0, index).filter((other) => other === label).length;
    return place === 0 ? label : `${label} #${place + 1}`;
  });
}
