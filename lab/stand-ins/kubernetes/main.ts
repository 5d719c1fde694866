import { runPlugin } from "../plugin";
import { Kubernetes } from "./kubernetes";

void runPlugin(new Kubernetes());
