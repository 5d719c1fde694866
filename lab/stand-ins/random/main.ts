import { runPlugin } from "../plugin";
import { random } from "./random";

void runPlugin(random());
