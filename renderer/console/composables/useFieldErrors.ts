import { reactive, ref } from 'vue';

export interface FieldErrors<Field extends string> {
  /** What is wrong with the field and may be said already; else empty. */
  errorOf(field: Field): string;
  leave(field: Field): void;
  /** The form was sent: from now on every field complains. */
  sent(): void;
}

/** A field complains once it was left, all of them once the form was sent. */
export function useFieldErrors<Field extends string>(errors: () => Partial<Record<Field, string>>, isEmpty: (field: Field) => boolean): FieldErrors<Field> {
  const left = reactive(new Set<string>());
  const wasSent = ref(false);
  return {
    errorOf: (field) => (wasSent.value || left.has(field) ? (errors()[field] ?? '') : ''),
    leave(field) {
      // An empty field that was only passed by is no mistake yet.
      if (!isEmpty(field)) left.add(field);
    },
    sent: () => { wasSent.value = true; },
  };
}
