"""The emulated Compute API, asked as a client would ask it; time goes on when the test says so."""

import pytest
from gce.api import Api
from gce.clock import Agenda
from gce.errors import ApiError
from gce.machines import NoMachines
from gce.world import World

ZONE = "projects/p/zones/us-central1-a"
IMAGE = "projects/ubuntu-os-cloud/global/images/family/ubuntu-2404-lts-amd64"


class Cloud:
    def __init__(self):
        self.seconds = 0.0
        self.machines = Switches()
        self.world = World("p", self.machines, "http://127.0.0.1:1/compute/v1/", Agenda(lambda: self.seconds))
        self.api = Api(self.world)

    def __call__(self, method, path, body=None, **query):
        return self.api.answer(method, path, query, body)

    def wait(self, seconds):
        for _ in range(int(seconds * 10)):
            self.seconds += 0.1
            self.world.agenda.run_due()

    def end(self, operation):
        """The operation once it is done."""
        self.wait(5)
        scope = operation["selfLink"].split("/compute/v1/")[1]
        return self("GET", scope)

    def refused(self, *args, **query):
        with pytest.raises(ApiError) as caught:
            self(*args, **query)
        return caught.value.status, caught.value.reason


class Switches(NoMachines):
    """Notes which machines are on."""

    def __init__(self):
        super().__init__()
        self.on, self.told = set(), []

    def boot(self, instance, path):
        self.on.add(instance["name"])

    def power_off(self, instance):
        self.on.discard(instance["name"])

    def tell_preempted(self, instance):
        self.told.append(instance["name"])


@pytest.fixture
def cloud():
    made = Cloud()
    made.end(made("POST", "projects/p/global/networks", {"name": "n", "autoCreateSubnetworks": False}))
    made.end(made("POST", "projects/p/regions/us-central1/subnetworks", {
        "name": "s", "network": "projects/p/global/networks/n", "ipCidrRange": "10.9.0.0/20"}))
    return made


def properties(**changes):
    return {"machineType": "n1-standard-1", "labels": {"xcore-cluster": "c-1"},
            "networkInterfaces": [{"subnetwork": "projects/p/regions/us-central1/subnetworks/s",
                                   "accessConfigs": [{"type": "ONE_TO_ONE_NAT"}]}],
            "disks": [{"boot": True, "autoDelete": True, "initializeParams": {"sourceImage": IMAGE}}], **changes}


def bulk(*names, least=1, **changes):
    return {"count": len(names), "minCount": least, "perInstanceProperties": {name: {} for name in names},
            "instanceProperties": properties(**changes)}


def launch(cloud, *names, request_id=None, **changes):
    query = {} if request_id is None else {"requestId": request_id}
    return cloud("POST", ZONE + "/instances/bulkInsert", bulk(*names, **changes), **query)


def statuses(cloud, **query):
    listed = cloud("GET", ZONE + "/instances", **query)["items"]
    return {found["name"]: found["status"] for found in listed}


SPOT = {"provisioningModel": "SPOT", "onHostMaintenance": "TERMINATE", "automaticRestart": False,
        "instanceTerminationAction": "DELETE"}
T4 = [{"acceleratorType": ZONE + "/acceleratorTypes/nvidia-tesla-t4", "acceleratorCount": 1}]


def test_instances_come_up_after_a_while_and_go_after_a_while(cloud):
    operation = launch(cloud, "a", "b")
    assert (operation["status"], statuses(cloud)) == ("RUNNING", {})
    cloud.wait(0.6)
    assert statuses(cloud) == {"a": "STAGING", "b": "STAGING"}
    cloud.wait(1)
    assert (statuses(cloud), cloud.machines.on) == ({"a": "RUNNING", "b": "RUNNING"}, {"a", "b"})
    gone = cloud("DELETE", ZONE + "/instances/a")
    assert (statuses(cloud)["a"], cloud.machines.on) == ("STOPPING", {"b"})
    assert cloud.end(gone)["status"] == "DONE"
    assert cloud.refused("GET", ZONE + "/instances/a") == (404, "notFound")
    assert cloud.refused("DELETE", ZONE + "/instances/a") == (404, "notFound")


def test_names_are_the_keys_of_a_bulk_and_cannot_be_set_beside_them(cloud):
    body = {**bulk("a"), "perInstanceProperties": {"a": {"name": "a"}}}
    assert cloud.refused("POST", ZONE + "/instances/bulkInsert", body) == (400, "invalid")


def test_a_request_id_makes_nothing_twice(cloud):
    first = launch(cloud, "a", request_id="u")
    assert launch(cloud, "a", request_id="u")["name"] == first["name"]
    cloud.end(first)
    assert launch(cloud, "a", request_id="u")["name"] == first["name"]
    assert cloud.refused("POST", ZONE + "/instances/bulkInsert", bulk("a"), requestId="other") == (409, "alreadyExists")


def test_a_zone_with_too_few_gives_what_it_has_or_takes_all_back(cloud):
    cloud.world.limits.stock = [{"zone": "us-central1-a", "type": "n1-standard-1", "left": 2}]
    done = cloud.end(launch(cloud, "a", "b", "c"))
    counts = done["instancesBulkInsertOperationMetadata"]["perLocationStatus"]["zones/us-central1-a"]
    assert (counts["createdVmCount"], counts["failedToCreateVmCount"], "error" in done) == (2, 1, False)
    cloud.world.limits.stock = [{"zone": "us-central1-a", "left": 1}]
    failed = cloud.end(launch(cloud, "d", "e", least=2))
    assert codes(failed) == ["VM_MIN_COUNT_NOT_REACHED", "ZONE_RESOURCE_POOL_EXHAUSTED"]
    cloud.world.limits.hides_causes = True
    assert codes(cloud.end(launch(cloud, "d", "e", least=2))) == ["VM_MIN_COUNT_NOT_REACHED"]
    assert (failed["httpErrorStatusCode"], sorted(statuses(cloud))) == (503, ["a", "b"])


def codes(operation):
    return [error["code"] for error in operation["error"]["errors"]]


def test_a_spot_instance_may_be_preempted_while_it_is_made(cloud):
    cloud.world.limits.preempts_at_once = True
    assert codes(cloud.end(launch(cloud, "a", scheduling=SPOT)))[1:] == ["UNSUPPORTED_OPERATION"]
    assert "error" not in cloud.end(launch(cloud, "b"))


def test_who_may_not_act_as_a_service_account_learns_it_at_the_end(cloud):
    cloud.world.denied_permissions = {"iam.serviceAccounts.actAs"}
    account = {"email": "robot@test-project.iam.gserviceaccount.com", "scopes": []}
    assert codes(cloud.end(launch(cloud, "a", serviceAccounts=[account])))[1:] == ["SERVICE_ACCOUNT_ACCESS_DENIED"]
    assert "error" not in cloud.end(launch(cloud, "b"))


def test_stock_may_be_short_of_one_market_alone(cloud):
    cloud.world.limits.stock = [{"zone": "us-central1-a", "spot": True, "left": 0}]
    assert "error" in cloud.end(launch(cloud, "a", scheduling=SPOT))
    assert "error" not in cloud.end(launch(cloud, "b"))


def test_quotas_count_what_runs(cloud):
    cloud.world.limits.region_quotas["CPUS"] = 2.0
    done = cloud.end(launch(cloud, "a", "b", "c"))
    assert done["instancesBulkInsertOperationMetadata"]["perLocationStatus"]["zones/us-central1-a"]["createdVmCount"] == 2
    failed = cloud.end(launch(cloud, "d"))
    assert failed["error"]["errors"][1] == {
        "code": "QUOTA_EXCEEDED", "message": "Quota 'CPUS' exceeded.  Limit: 2.0 in region us-central1."}
    cloud.end(cloud("DELETE", ZONE + "/instances/a"))
    assert "error" not in cloud.end(launch(cloud, "d"))
    quotas = {quota["metric"]: quota for quota in cloud("GET", "projects/p/regions/us-central1")["quotas"]}
    assert (quotas["CPUS"]["limit"], quotas["CPUS"]["usage"]) == (2.0, 2.0)


def test_quotas_are_of_families_addresses_disks_and_of_spot_where_it_was_granted(cloud):
    def usage():
        quotas = cloud("GET", "projects/p/regions/us-central1")["quotas"] + cloud("GET", "projects/p")["quotas"]
        return {quota["metric"]: quota["usage"] for quota in quotas if quota["usage"]}

    balanced = [{"boot": True, "initializeParams": {"sourceImage": IMAGE, "diskType": "pd-balanced", "diskSizeGb": "20"}}]
    cloud.end(launch(cloud, "a", machineType="n2-standard-4", disks=balanced))
    assert usage() == {"N2_CPUS": 4, "CPUS_ALL_REGIONS": 4, "INSTANCES": 1, "IN_USE_ADDRESSES": 1, "SSD_TOTAL_GB": 20}
    cloud.end(launch(cloud, "b", machineType="g2-standard-4", disks=balanced, scheduling={"onHostMaintenance": "TERMINATE"}))
    assert (usage()["NVIDIA_L4_GPUS"], usage()["GPUS_ALL_REGIONS"], usage()["CPUS"]) == (1, 1, 4)
    cloud.world.limits.region_quotas.update(PREEMPTIBLE_CPUS=2.0)
    cloud.end(launch(cloud, "c", scheduling=SPOT))
    assert (usage()["CPUS"], usage()["PREEMPTIBLE_CPUS"]) == (4, 1)
    cloud.world.limits.region_quotas["IN_USE_ADDRESSES"] = 3.0
    failed = cloud.end(launch(cloud, "d"))
    assert "IN_USE_ADDRESSES" in failed["error"]["errors"][1]["message"]


def test_a_machine_family_takes_some_types_of_disks(cloud):
    def disk(kind):
        return [{"boot": True, "initializeParams": {"sourceImage": IMAGE, **({"diskType": kind} if kind else {})}}]

    for machine, refused, taken in (
            ("g2-standard-4", None, "pd-balanced"), ("c3-standard-4", "pd-standard", "pd-balanced"),
            ("c4-standard-4", "pd-balanced", "hyperdisk-balanced"), ("n1-standard-1", "hyperdisk-balanced", None)):
        path = ZONE + "/instances/bulkInsert"
        assert cloud.refused("POST", path, bulk("a", machineType=machine, disks=disk(refused))) == (400, "invalid"), machine
        cloud.end(launch(cloud, machine, machineType=machine, disks=disk(taken)))
    assert len(statuses(cloud)) == 4
    assert "_type" not in cloud("GET", ZONE + "/instances/c4-standard-4")["disks"][0]


def test_gpus_need_terminate_and_a_zone_that_has_them(cloud):
    def made(zone, **changes):
        return cloud.refused("POST", "projects/p/zones/%s/instances/bulkInsert" % zone, bulk("a", **changes))

    terminate = {"onHostMaintenance": "TERMINATE"}
    assert made("us-central1-a", guestAccelerators=T4) == (400, "invalid")
    assert made("northamerica-northeast1-b", guestAccelerators=T4, scheduling=terminate) == (404, "notFound")
    assert made("us-central1-a", guestAccelerators=T4, scheduling=terminate, machineType="e2-medium") == (400, "invalid")
    assert "error" not in cloud.end(launch(cloud, "a", guestAccelerators=T4, scheduling=terminate))
    cloud.world.limits.project_quotas["GPUS_ALL_REGIONS"] = 1.0
    failed = cloud.end(launch(cloud, "b", guestAccelerators=T4, scheduling=terminate))
    assert "GPUS_ALL_REGIONS" in failed["error"]["errors"][1]["message"]


def test_preemption_is_told_with_the_power_button_and_deletes_or_stops(cloud):
    cloud.end(launch(cloud, "a", scheduling=SPOT))
    cloud.end(launch(cloud, "b", scheduling={**SPOT, "instanceTerminationAction": "STOP"}))
    for name in "ab":
        cloud.world.instances.preempt(ZONE + "/instances/" + name)
    assert (cloud.machines.told, cloud.machines.on) == (["a", "b"], set())
    assert statuses(cloud) == {"a": "STOPPING", "b": "STOPPING"}
    cloud.wait(33)
    assert statuses(cloud) == {"b": "TERMINATED"}


def test_preemption_is_told_two_minutes_before_to_an_instance_that_asked_for_it(cloud):
    cloud.end(launch(cloud, "a", scheduling={**SPOT, "preemptionNoticeDuration": {"seconds": "120"}}))
    cloud.world.instances.preempt(ZONE + "/instances/a")
    cloud.wait(119)
    assert (cloud.machines.told, cloud.machines.on, statuses(cloud)) == (["a"], {"a"}, {"a": "RUNNING"})
    cloud.wait(2)
    assert (cloud.machines.on, statuses(cloud)) == (set(), {"a": "STOPPING"})
    cloud.wait(30)
    assert statuses(cloud) == {}


def test_only_a_spot_instance_may_ask_to_be_told_two_minutes_before(cloud):
    def made(**scheduling):
        return cloud.refused("POST", ZONE + "/instances/bulkInsert", bulk("a", scheduling=scheduling))

    assert made(**{**SPOT, "preemptionNoticeDuration": {"seconds": "60"}}) == (400, "invalid")
    assert made(preemptionNoticeDuration={"seconds": "120"}) == (400, "invalid")


def test_a_guest_that_powers_off_stays_as_terminated_and_loses_its_address(cloud):
    cloud.end(launch(cloud, "a"))
    cloud.world.instances.powered_off(ZONE + "/instances/a")
    cloud.wait(2)
    card = cloud("GET", ZONE + "/instances/a")["networkInterfaces"][0]
    assert (statuses(cloud), "natIP" in card["accessConfigs"][0]) == ({"a": "TERMINATED"}, False)


def test_max_run_duration_deletes(cloud):
    lifetime = {"maxRunDuration": {"seconds": "60"}, "instanceTerminationAction": "DELETE"}
    assert cloud.refused("POST", ZONE + "/instances/bulkInsert", bulk(
        "a", scheduling={"maxRunDuration": {"seconds": "60"}})) == (400, "required")
    launch(cloud, "a", scheduling=lifetime)
    cloud.wait(30)
    assert statuses(cloud) == {"a": "RUNNING"}
    cloud.wait(40)
    assert statuses(cloud) == {}


def test_lists_lag_behind_both_ways(cloud):
    cloud.world.times.list_lag_s = 10
    cloud.end(launch(cloud, "a"))
    assert (statuses(cloud), cloud("GET", ZONE + "/instances/a")["status"]) == ({}, "RUNNING")
    cloud.wait(10)
    cloud.end(cloud("DELETE", ZONE + "/instances/a"))
    assert sorted(statuses(cloud)) == ["a"]
    cloud.wait(10)
    assert statuses(cloud) == {}


def test_lists_are_filtered_and_paged(cloud):
    cloud.end(launch(cloud, *("w-%03d" % number for number in range(60))))
    cloud.end(launch(cloud, "x", labels={"xcore-cluster": "c-2"}))
    listed = cloud("GET", ZONE + "/instances", filter="labels.xcore-cluster=c-1", maxResults="25")
    names = [found["name"] for found in listed["items"]]
    while "nextPageToken" in listed:
        listed = cloud("GET", ZONE + "/instances", filter="labels.xcore-cluster=c-1", maxResults="25",
                       pageToken=listed["nextPageToken"])
        names += [found["name"] for found in listed["items"]]
    assert names == ["w-%03d" % number for number in range(60)]
    assert statuses(cloud, filter='(labels.xcore-cluster = "c-2") AND (status != TERMINATED)') == {"x": "RUNNING"}
    assert statuses(cloud, filter="name eq w-00[01]") == {"w-000": "RUNNING", "w-001": "RUNNING"}
    assert cloud.refused("GET", ZONE + "/instances", filter="labels.x=1 OR status=RUNNING") == (400, "invalid")


def test_an_aggregated_list_names_the_zones_that_do_not_answer(cloud):
    cloud.end(launch(cloud, "a"))
    cloud.world.unreachable = {"us-central1-a"}
    assert cloud.refused("GET", "projects/p/aggregated/instances") == (503, "backendError")
    listed = cloud("GET", "projects/p/aggregated/instances", returnPartialSuccess="true")
    assert (listed["unreachables"], "zones/us-central1-a" in listed["items"]) == (["zones/us-central1-a"], False)
    assert listed["items"]["zones/us-central1-b"]["warning"]["code"] == "NO_RESULTS_ON_PAGE"


def test_labels_change_only_for_who_has_seen_them(cloud):
    cloud.end(launch(cloud, "a"))
    path = ZONE + "/instances/a/setLabels"
    seen = cloud("GET", ZONE + "/instances/a")["labelFingerprint"]
    assert cloud.refused("POST", path, {"labels": {"b": "c"}, "labelFingerprint": "old"}) == (412, "conditionNotMet")
    cloud.end(cloud("POST", path, {"labels": {"b": "c"}, "labelFingerprint": seen}))
    assert cloud("GET", ZONE + "/instances/a")["labels"] == {"b": "c"}
    assert cloud("GET", ZONE + "/instances/a")["labelFingerprint"] != seen
    assert cloud.refused("POST", ZONE + "/instances/bulkInsert", bulk("b", labels={"k": "Not Allowed"})) == (400, "invalid")


def test_calls_are_counted_by_the_minute(cloud):
    cloud.world.limits.calls_per_minute["list_requests"] = 2
    statuses(cloud), statuses(cloud)
    assert cloud.refused("GET", ZONE + "/instances") == (403, "rateLimitExceeded")
    cloud.wait(61)
    assert statuses(cloud) == {}


def test_what_is_in_use_stays(cloud):
    cloud.end(launch(cloud, "a"))
    subnetwork = "projects/p/regions/us-central1/subnetworks/s"
    assert cloud.refused("DELETE", subnetwork) == (400, "resourceInUseByAnotherResource")
    assert cloud.refused("DELETE", "projects/p/global/networks/n") == (400, "resourceInUseByAnotherResource")
    cloud.end(cloud("DELETE", ZONE + "/instances/a"))
    cloud.end(cloud("DELETE", subnetwork))
    cloud.end(cloud("DELETE", "projects/p/global/networks/n"))
    assert cloud.refused("GET", "projects/p/global/networks/n") == (404, "notFound")


def test_the_catalogue_says_what_a_zone_has(cloud):
    assert cloud("GET", ZONE + "/machineTypes/n1-standard-4")["guestCpus"] == 4
    assert cloud.refused("GET", ZONE + "/machineTypes/n1-standard-5") == (404, "notFound")
    assert cloud.refused("GET", "projects/p/zones/northamerica-northeast1-b/acceleratorTypes/nvidia-tesla-t4") == (
        404, "notFound")
    newest = cloud("GET", "projects/ubuntu-os-cloud/global/images/family/ubuntu-2404-lts-amd64")
    assert newest["name"] == "ubuntu-2404-noble-amd64-v20261101"
    cloud.world.api_enabled = False
    assert cloud.refused("GET", "projects/p") == (403, "accessNotConfigured")


def test_a_region_may_have_no_n1_machines(cloud):
    milan = "projects/p/zones/europe-west8-a"
    assert cloud.refused("GET", milan + "/machineTypes/f1-micro") == (404, "notFound")
    assert cloud("GET", milan + "/machineTypes/e2-small")["guestCpus"] == 2
    assert "f1-micro" not in [item["name"] for item in cloud("GET", milan + "/machineTypes")["items"]]
    with pytest.raises(ApiError, match="'f1-micro' does not exist in zone 'europe-west8-a'"):
        cloud("POST", milan + "/instances", {"name": "a", **properties(machineType="f1-micro")})


def test_an_organisation_may_forbid_a_machine_type(cloud):
    cloud.world.forbidden_types = {"f1-micro"}
    with pytest.raises(ApiError, match="denied by custom org policies") as caught:
        cloud("POST", ZONE + "/instances", {"name": "a", **properties(machineType="f1-micro")})
    assert (caught.value.status, caught.value.reason) == (412, "conditionNotMet")
    assert "error" not in cloud.end(launch(cloud, "a"))


def test_a_project_without_billing_answers_nothing_and_says_why(cloud):
    cloud.world.billing_enabled = False
    with pytest.raises(ApiError) as caught:
        cloud("GET", "projects/p")
    said = caught.value.body()["error"]
    assert (said["errors"][0]["reason"], said["details"][0]["reason"]) == ("forbidden", "BILLING_DISABLED")


def test_an_organisation_may_forbid_public_addresses(cloud):
    cloud.world.constraints = {"compute.vmExternalIpAccess"}
    assert cloud.refused("POST", ZONE + "/instances/bulkInsert", bulk("a")) == (412, "conditionNotMet")
    private = [{"subnetwork": "projects/p/regions/us-central1/subnetworks/s"}]
    assert "error" not in cloud.end(launch(cloud, "a", networkInterfaces=private))


def test_an_instance_goes_into_no_subnetwork_for_proxies(cloud):
    cloud.end(cloud("POST", "projects/p/regions/us-central1/subnetworks", {
        "name": "proxies", "network": "projects/p/global/networks/n", "ipCidrRange": "10.10.0.0/24",
        "purpose": "REGIONAL_MANAGED_PROXY"}))
    card = [{"subnetwork": "projects/p/regions/us-central1/subnetworks/proxies"}]
    assert cloud.refused("POST", ZONE + "/instances/bulkInsert", bulk("a", networkInterfaces=card)) == (400, "invalid")


def test_an_organisation_may_require_os_login(cloud):
    cloud.world.constraints = {"compute.requireOsLogin"}
    off = {"items": [{"key": "enable-oslogin", "value": "FALSE"}]}
    assert cloud.refused("POST", ZONE + "/instances/bulkInsert", bulk("a", metadata=off)) == (412, "conditionNotMet")
    assert "error" not in cloud.end(launch(cloud, "a"))


def test_firewalls_say_who_may_reach_what(cloud):
    rule = {"name": "f", "network": "projects/p/global/networks/n", "sourceRanges": ["203.0.113.0/24"],
            "allowed": [{"IPProtocol": "tcp", "ports": ["22"]}]}
    cloud.end(cloud("POST", "projects/p/global/firewalls", rule))
    assert cloud.world.networks.open_ports("x/networks/n", "203.0.113.9") == {"22"}
    assert cloud.world.networks.open_ports("x/networks/n", "203.0.114.9") == set()
    cloud.end(cloud("PATCH", "projects/p/global/firewalls/f", {"sourceRanges": ["203.0.114.9/32"]}))
    assert cloud.world.networks.open_ports("x/networks/n", "203.0.114.9") == {"22"}


def test_a_serial_port_is_read_from_a_byte_on_or_its_last_bytes(cloud):
    cloud.end(launch(cloud, "a"))
    path = "projects/p/zones/us-central1-a/instances/a"
    read = lambda start: cloud("GET", path + "/serialPort", start=start)  # noqa: E731
    assert (read("0")["contents"], read("0")["next"]) == ("", "0")
    cloud.world.instances.print(path, "zwölf\n")
    assert (read("0")["contents"], read("0")["next"]) == ("zwölf\n", "7")
    assert (read("7")["contents"], read("-3")["contents"], read("-3")["start"]) == ("", "lf\n", "4")
    cloud.world.instances.print(path, "x" * 2**20)
    kept = read("0")
    assert (len(kept["contents"]), kept["start"], kept["next"]) == (2**20, "7", str(2**20 + 7))
    assert cloud.refused("GET", "projects/p/zones/us-central1-a/instances/b/serialPort") == (404, "notFound")


def test_what_the_role_does_not_grant(cloud):
    """permissions/gcp.yaml binds xcore, Terraform and Packer; a test's own calls may do anything."""
    cloud.world.role.granted = {"compute.networks.create", "compute.firewalls.create"}
    network = {"name": "another", "autoCreateSubnetworks": False}
    for client in ("xcore", "terraform", "packer"):
        with pytest.raises(ApiError) as caught:
            cloud.api.answer("POST", "projects/p/global/firewalls", {}, {"name": "f", "network": "projects/p/global/networks/n"}, client)
        assert caught.value.status == 403, "a firewall's rule changes its network, too"
    cloud.api.answer("POST", "projects/p/global/networks", {}, network, "xcore")
    assert ("terraform", "compute.networks.updatePolicy") in cloud.world.role.asked
    cloud("POST", "projects/p/global/firewalls", {"name": "f", "network": "projects/p/global/networks/n"})
