/** The nine dtypes, lower case inside; the peer's words are upper case. */
export const DTYPES = ['f64', 'f32', 'i32', 'i16', 'i8', 'u32', 'u16', 'u8', 'bool'] as const;
export type DType = (typeof DTYPES)[number];
