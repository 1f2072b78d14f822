/** A home on the emulated Compute Engine: what a person with a Google project has before the first command. */

import { type Gce, type GceOptions, withGce } from "../../emulators/gce.ts";
import { type Person, withPerson } from "../../emulators/person.ts";
import { type Surroundings, type TestCluster, withHome } from "../local/harness.ts";

/** What the person's programs see of the project, and of this machine. */
export interface Project extends Person {
  readonly gce: Gce;
}

/** Runs `body` with a person who has a Google project. */
export async function withProject(
  options: GceOptions,
  body: (project: Project) => Promise<void>,
): Promise<void> {
  await withPerson((person) =>
    withGce((gce) => {
      const env = { ...gce.env, ...person.env, GOOGLE_DEFAULT_AVAILABILITY_ZONE: gce.zone };
      return body({ ...person, gce, env });
    }, options)
  );
}

/** Runs `body` with a project and an empty home in it; what `body` starts is shut down at the end, which has to work. */
export async function withGcpHome(
  { name, ...options }: GceOptions & Pick<Surroundings, "name">,
  body: (cluster: TestCluster, project: Project) => Promise<void>,
): Promise<void> {
  await withProject(
    options,
    (project) => withHome((cluster) => body(cluster, project), { name, env: project.env }),
  );
}

/** What of a cluster is there, by its paths in the project: machines, firewalls, subnetworks, networks. */
export async function standing({ gce }: Project, clusterId: string): Promise<string[]> {
  const places = [
    `zones/${gce.zone}/instances`,
    `regions/${gce.region}/subnetworks`,
    "global/firewalls",
    "global/networks",
  ];
  const found = await Promise.all(places.map(async (place) => {
    const { items = [] } = await gce.call<{ items?: { name: string }[] }>(
      "GET",
      `projects/${gce.project}/${place}`,
    );
    return items.filter(({ name }) => name.startsWith(clusterId)).map(({ name }) => `${place}/${name}`);
  }));
  return found.flat().sort();
}
