/**
 * What `@peculiar/x509` needs of the reflect-metadata proposal: its injector asks for the injected parameters of its own
 * classes, and none of them has any. A real polyfill that is loaded first stays in place.
 */
const nothingInjected = {
  getMetadata: () => undefined,
  getOwnMetadata: () => undefined,
  defineMetadata: () => undefined,
};

if (!('getMetadata' in Reflect)) Object.assign(Reflect, nothingInjected);

/** The package, loaded once what it asks for is there: a static import would run before that. */
export const x509 = await import('@peculiar/x509');
