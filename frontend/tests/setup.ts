/** All test files share one page: each test starts in English. */
import { beforeEach } from "vitest";
import { locale } from "../src/store";
import { setState } from "./set_state";

beforeEach(() => setState(locale, "en"));
