/**
 * The page's state. Views subscribe to its signals and call its actions; nothing outside this
 * folder can write a signal. The store imports no HTTP client, no view and no DOM.
 */
export * from "./conversation";
export * from "./conversation_list";
export * from "./drawings";
export * from "./notices";
export * from "./panes";
export * from "./question";
export * from "./server";
export * from "./settings";
