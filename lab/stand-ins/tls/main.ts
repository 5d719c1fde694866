import { runPlugin } from "../plugin";
import { tls } from "./tls";

void runPlugin(tls());
