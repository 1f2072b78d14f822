import { withEc2 } from "./ec2.ts";
await withEc2({ boot: true, prepared: true }, async (ec2) => {
  const v = JSON.parse(Deno.readTextFileSync("/tmp/pk/taws/xcore.auto.pkrvars.json"));
  v.ec2_endpoint = ec2.endpoint;
  v.source_image = "ami-0a24040000000002a";
  v.allowed_cidr = ["198.19.0.1/32"];
  Deno.writeTextFileSync("/tmp/pk/taws/xcore.auto.pkrvars.json", JSON.stringify(v));
  const child = new Deno.Command("packer", {
    args: ["build", "-machine-readable", "-color=false", "/tmp/pk/taws"],
    env: { ...ec2.env, PACKER_LOG: "1", CHECKPOINT_DISABLE: "1", PACKER_LOG_PATH: "/tmp/pk/log" },
  }).spawn();
  console.log(await child.status);
  for (const c of await ec2.control.calls()) console.log(c.service, c.action, c.status, c.code);
  console.log(JSON.stringify(await ec2.control.instances()));
});
