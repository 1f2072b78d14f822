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
