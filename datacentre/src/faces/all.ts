// The faces that there are.

import type { Face } from "./face.ts";
import { deltacloudFace } from "./deltacloud/face.ts";
import { ec2Face } from "./ec2/face.ts";
import { openstackFace } from "./openstack/face.ts";
import { ovirtFace } from "./ovirt/face.ts";
import { plainFace } from "./plain/face.ts";

export const FACES: readonly Face[] = [plainFace, ec2Face, openstackFace, ovirtFace, deltacloudFace];
