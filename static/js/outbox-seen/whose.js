// The page of what waits is the same for everybody and may come from the phone itself: whose things
// it shows is what the phone knows. It stands before every module that asks who is signed in.

import { remembered } from "./wire.js";

document.documentElement.dataset.actor = remembered();
