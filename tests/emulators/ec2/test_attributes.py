def test_changing_the_shutdown_behavior_leaves_the_groups(cloud, network):
    (instance,) = network.run()
    groups = cloud.instance(instance)["SecurityGroups"]
    assert groups
    behavior = {"Value": "terminate"}
    cloud.ec2.modify_instance_attribute(InstanceId=instance, InstanceInitiatedShutdownBehavior=behavior)
    assert cloud.instance(instance)["SecurityGroups"] == groups
    answer = cloud.ec2.describe_instance_attribute(
        InstanceId=instance, Attribute="instanceInitiatedShutdownBehavior"
    )
    assert answer["InstanceInitiatedShutdownBehavior"] == behavior
