"""What moto lacks is answered: version 3 of the SageMaker SDK asks IAM what a role may do."""

from __future__ import annotations

import json

from tests.clients.account import Account

TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "sagemaker.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}


def test_a_role_may_do_what_it_is_asked_about(account: Account) -> None:
    iam = account.client("iam")
    made = iam.create_role(RoleName="trains", AssumeRolePolicyDocument=json.dumps(TRUST))
    told = iam.simulate_principal_policy(
        PolicySourceArn=made["Role"]["Arn"],
        ActionNames=["s3:PutObject", "logs:PutLogEvents"],
        ResourceArns=["arn:aws:s3:::a/*", "arn:aws:s3:::b/*"],
    )
    found = [
        (item["EvalActionName"], item["EvalResourceName"], item["EvalDecision"])
        for item in told["EvaluationResults"]
    ]
    assert found == [
        (action, f"arn:aws:s3:::{bucket}/*", "allowed")
        for action in ("s3:PutObject", "logs:PutLogEvents")
        for bucket in "ab"
    ]
    assert told["IsTruncated"] is False


def test_what_is_no_gap_is_still_answered_by_moto(account: Account) -> None:
    iam = account.client("iam")
    iam.create_role(RoleName="serves", AssumeRolePolicyDocument=json.dumps(TRUST))
    assert iam.get_role(RoleName="serves")["Role"]["AssumeRolePolicyDocument"] == TRUST
