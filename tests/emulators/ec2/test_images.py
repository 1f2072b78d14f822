from .conftest import refused, until


def made(cloud, network):
    """Ids of an image of a new instance, and of its snapshot."""
    (instance,) = network.run()
    image = cloud.ec2.create_image(InstanceId=instance, Name=network.vpc)["ImageId"]
    (found,) = cloud.ec2.describe_images(ImageIds=[image])["Images"]
    return image, found["BlockDeviceMappings"][0]["Ebs"]["SnapshotId"]


def test_an_image_takes_its_snapshots_with_it_where_the_call_says_so(cloud, network):
    image, snapshot = made(cloud, network)
    answer = cloud.ec2.deregister_image(ImageId=image, DeleteAssociatedSnapshots=True)
    assert answer["DeleteSnapshotResults"] == [{"SnapshotId": snapshot, "ReturnCode": "success"}]
    assert refused(lambda: cloud.ec2.delete_snapshot(SnapshotId=snapshot)) == ("InvalidSnapshot.NotFound", 400)


def test_a_snapshot_stays_in_use_after_its_image(cloud, network):
    cloud.set(snapshot_busy_s=1e6)
    image, snapshot = made(cloud, network)

    def delete():
        cloud.ec2.delete_snapshot(SnapshotId=snapshot)

    assert refused(delete) == ("InvalidSnapshot.InUse", 400), "of a living image"
    cloud.ec2.deregister_image(ImageId=image)
    assert refused(delete) == ("InvalidSnapshot.InUse", 400), "of one that has just been removed"


def test_a_snapshot_is_free_after_a_while(cloud, network):
    cloud.set(snapshot_busy_s=0.2)
    image, snapshot = made(cloud, network)
    cloud.ec2.deregister_image(ImageId=image)
    until("it to be free", lambda: refused(lambda: cloud.ec2.delete_snapshot(SnapshotId=snapshot)) is None)


def test_a_snapshot_has_the_tags_that_its_image_was_made_with(cloud, network):
    (instance,) = network.run()
    tags = [{"Key": "xcore-role", "Value": "image"}]
    kinds = [{"ResourceType": kind, "Tags": tags} for kind in ("image", "snapshot")]
    image = cloud.ec2.create_image(InstanceId=instance, Name=network.vpc, TagSpecifications=kinds)["ImageId"]
    (found,) = cloud.ec2.describe_images(ImageIds=[image])["Images"]
    snapshot = found["BlockDeviceMappings"][0]["Ebs"]["SnapshotId"]
    assert found["Tags"] == tags
    assert cloud.ec2.describe_snapshots(SnapshotIds=[snapshot])["Snapshots"][0]["Tags"] == tags


def test_an_image_of_an_instance_has_its_root_device(cloud, network):
    image, _ = made(cloud, network)
    (found,) = cloud.ec2.describe_images(ImageIds=[image])["Images"]
    assert (found["RootDeviceType"], found["RootDeviceName"]) == ("ebs", "/dev/sda1")


def test_an_instance_of_an_image_with_imdsv2_has_it_where_the_launch_says_nothing(cloud, network):
    image, _ = made(cloud, network)
    assert refused(lambda: cloud.ec2.modify_image_attribute(ImageId=image, ImdsSupport={"Value": "v1.0"}))
    cloud.ec2.modify_image_attribute(ImageId=image, ImdsSupport={"Value": "v2.0"})
    assert cloud.ec2.describe_images(ImageIds=[image])["Images"][0]["ImdsSupport"] == "v2.0"

    def tokens(**options):
        (instance,) = network.run(ImageId=image, **options)
        (found,) = cloud.ec2.describe_instances(InstanceIds=[instance])["Reservations"]
        return found["Instances"][0]["MetadataOptions"]["HttpTokens"]

    assert tokens() == "required"
    assert tokens(MetadataOptions={"HttpTokens": "optional"}) == "optional", "the launch has the last word"
